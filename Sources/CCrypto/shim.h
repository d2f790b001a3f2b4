// libcrypto: digests and HMAC through the EVP interface, and comparison in constant time.
#pragma once
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
