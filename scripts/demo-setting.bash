# What scripts/demo and scripts/bench act on: images, a registry, a checkout. Sourced by them, runs in their temporary
# folder.
# shellcheck shell=bash

on_disk=${on_disk:-false} # whether image layouts stand for the registry

repository=dotnet-buildtools/prereqs
manifest_type=application/vnd.oci.image.manifest.v1+json

# --- Images: generations of each, equal but for one annotation ---------------------------------------------------

list_images() {
  local distribution variant architecture
  for distribution in alpine-3.20 alpine-3.21 alpine-3.22 azurelinux-3.0 centos-stream-9 centos-stream-10 debian-11 \
    debian-12 debian-13 fedora-41 fedora-42 opensuse-15.6 ubuntu-20.04 ubuntu-22.04 ubuntu-24.04; do
    for variant in '' -helix -crossdeps -webassembly; do
      for architecture in amd64 arm64v8; do printf '%s%s-%s\n' "$distribution" "$variant" "$architecture"; done
    done
  done | sort
}

# Makes that many generations of what the file `images` lists.
make_images() {
  printf '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}' > config.blob
  printf 'one small layer\n' | gzip -n > layer.blob
  local image generation config layer
  config=$(descriptor application/vnd.oci.image.config.v1+json config.blob)
  layer=$(descriptor application/vnd.oci.image.layer.v1.tar+gzip layer.blob)
  for generation in $(seq "$1"); do
    mkdir "manifests-$generation"
    while read -r image; do
      printf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s],"annotations":{"%s":"%s","%s":"%d"}}' \
        "$manifest_type" "$config" "$layer" org.opencontainers.image.title "$image" \
        org.opencontainers.image.version "$generation" > "manifests-$generation/$image"
    done < images
    (cd "manifests-$generation" && sha256sum -- *) | awk '{ print $2, "sha256:" $1 }' > "generation-$generation"
  done
}
descriptor() {
  printf '{"mediaType":"%s","digest":"sha256:%s","size":%d}' "$1" "$(sha256sum "$2" | cut -c 1-64)" "$(stat -c %s "$2")"
}
digest_of() { sed -n "s/^$2 //p" "generation-$1"; } # GENERATION IMAGE

# --- The registry ------------------------------------------------------------------------------------------------

# curl without the user's settings and proxies: everything here is on loopback.
ask() { curl -q --silent --show-error --no-progress-meter --noproxy '*' --max-time 30 "$@"; }

start_registry() {
  cat > registry.yaml << END
version: 0.1
log: {level: info, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: "$work/registry"}, delete: {enabled: true}}
http: {addr: "127.0.0.1:0", secret: demo}
END
  docker-registry serve registry.yaml > registry.log 2>&1 &
  registry=$!
  local tries=0 address=''
  while [ -z "$address" ]; do
    alive "$registry" || fail "the registry ended at once: $(tail -n 1 registry.log)"
    [ $((tries += 1)) -le 500 ] || fail 'the registry does not say on which port it listens'
    sleep 0.02
    address=$(sed -nE 's/.*listening on (127\.0\.0\.1:[0-9]+).*/\1/p' registry.log)
  done
  host=http://$address
}

push_blob() {
  local location
  location=$(ask --fail -X POST -D - -o /dev/null "$host/v2/$repository/blobs/uploads/" \
    | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
  ask --fail -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$1" \
    "$location&digest=sha256:$(sha256sum "$1" | cut -c 1-64)"
}

# Pushes every manifest by its digest: not one tag is made here.
push_images() {
  local generation
  push_blob config.blob
  push_blob layer.blob
  for generation in $(seq "$1"); do put_requests "$generation" < "generation-$generation"; done > push.curl
  put_all push.curl
  check_put "$(cat generation-* | wc -l)"
}

# curl's configuration for a PUT of a manifest of one generation to each of the "IMAGE REFERENCE" lines that come in.
put_requests() {
  local image reference
  while read -r image reference; do
    printf 'next\nurl = "%s/v2/%s/manifests/%s"\n' "$host" "$repository" "$reference"
    printf 'request = PUT\nnoproxy = "*"\nsilent\noutput = /dev/null\nwrite-out = "%%{http_code}\\n"\n'
    printf 'header = "Content-Type: %s"\n' "$manifest_type"
    printf 'data-binary = "@manifests-%d/%s"\n' "$1" "$image"
  done
}
# Sends what a file asks for; the answers' statuses are the lines of `pushed`.
put_all() { curl -q --no-progress-meter --parallel --parallel-max 16 --config "$1" > pushed; }
check_put() { # COUNT
  [ "$(grep -cx 201 pushed)" -eq "$1" ] \
    || fail "the registry took only some manifests; its answers: $(sort pushed | uniq -c | xargs)"
}

# As somebody with a client of their own would: GENERATION IMAGE TAG.
put_by_hand() {
  if $on_disk; then
    # shellcheck disable=SC2016 # $1 to $3 are the inner shell's
    flock "$layout/.lock" sh -c 'sed -E "s/(\"$1\"\},\"digest\":\")sha256:[0-9a-f]*/\1$2/" "$3" > "$3.new" && mv "$3.new" "$3"' \
      sh "$3" "$(digest_of "$1" "$2")" "$layout/index.json"
  else
    ask --fail -o /dev/null -X PUT -H "Content-Type: $manifest_type" --data-binary "@manifests-$1/$2" \
      "$host/v2/$repository/manifests/$3"
  fi
}

# What the registry says of the tags in the first column of FILE: "TAG DIGEST" lines, none where it
# names no digest.
observe() {
  if $on_disk; then
    [ ! -e "$layout/index.json" ] || tr '{' '\n' < "$layout/index.json" \
      | sed -nE 's/.*ref\.name":"([^"]+)"\},"digest":"(sha256:[0-9a-f]{64})".*/\1 \2/p' \
      | awk 'NR == FNR { asked[$1]; next } $1 in asked' "$1" -
    return
  fi
  rm -rf heads && mkdir heads
  awk -v base="$host/v2/$repository/manifests/" \
    '{ printf "url = \"%s%s\"\noutput = \"heads/%s\"\n", base, $1, $1 }' "$1" > observe.curl
  ask --head --parallel --parallel-max 16 --config observe.curl -H "Accept: $manifest_type" || true
  awk 'tolower($1) == "docker-content-digest:" { sub(/\r$/, "", $2); print substr(FILENAME, 7), $2 }' heads/*
}

# --- Image layouts in place of the registry ------------------------------------------------------------------------

# An empty folder of layouts, and beside it one with every manifest of that many generations, without a tag.
publish_layout() {
  local published=$work/published/$repository file generation
  host=oci:$work/layouts layout=$work/layouts/$repository
  # shellcheck disable=SC2034 # scripts/demo configures it
  sources="\"oci:$work/published//{repository}\""
  mkdir -p "$work/layouts" "$published/blobs/sha256"
  for file in config.blob layer.blob; do
    cp "$file" "$published/blobs/sha256/$(sha256sum "$file" | cut -c 1-64)"
  done
  for generation in $(seq "$1"); do
    while read -r image digest; do
      cp "manifests-$generation/$image" "$published/blobs/sha256/${digest#sha256:}"
    done < "generation-$generation"
  done
  printf '{"schemaVersion":2,"manifests":[]}' > "$published/index.json"
  printf '{"imageLayoutVersion":"1.0.0"}' > "$published/oci-layout"
}

# --- The checkout ------------------------------------------------------------------------------------------------

make_checkout() {
  # shellcheck disable=SC2046 # names of variables, one a word
  unset $(git rev-parse --local-env-vars)
  export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
  export GIT_AUTHOR_NAME=Demo GIT_AUTHOR_EMAIL=demo@example.com
  export GIT_COMMITTER_NAME=Demo GIT_COMMITTER_EMAIL=demo@example.com
  git init --quiet --initial-branch=main checkout
  mkdir checkout/desired-state
  declare_images generation-1
  in_checkout git add desired-state
  in_checkout git commit --quiet -m "Declare $(wc -l < images) images"
  in_checkout git branch production
}
in_checkout() { (cd checkout && "$@"); }

# Prints a command as it would be typed, then runs it in the checkout.
typed() {
  local word line=''
  for word in "$@"; do
    case $word in *' '*) line+=" '$word'" ;; *) line+=" $word" ;; esac
  done
  printf '  %s$%s%s\n' "$dim" "$line" "$plain"
  in_checkout "$@" > git.said 2>&1 || fail "git said: $(cat git.said)"
}

# Writes the state file from "IMAGE DIGEST" lines.
declare_images() {
  awk -v repository="$repository" '
    BEGIN { printf "version: 1\nrepositories:\n  %s:\n", repository }
    { printf "%s    %s:\n      digest: %s\n", (NR > 1 ? "\n" : ""), $1, $2 }
  ' "$1" > checkout/desired-state/images.yaml
}

# "TAG DIGEST" lines from "IMAGE DIGEST" lines and a channel's suffix.
tags_of() { sed "s/ /-$2 /" "$1"; }
