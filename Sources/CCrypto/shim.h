// libcrypto: digests through the EVP interface.
#pragma once
#include <openssl/evp.h>
