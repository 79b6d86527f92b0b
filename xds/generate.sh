#!/usr/bin/env bash
# Generates the code for xds/proto: protobuf-c for the proxy (Sources/C/CXDS) and swift-protobuf with
# grpc-swift for the control plane (Sources/Control/XDSProtos). Both trees are committed.
#
#   xds/generate.sh [--check] [c|swift|all]
#
# Without a word it does both. --check writes nothing and fails when the committed code is stale; it
# leaves Swift out, and says so, where the plugins are not built.
#
# Needs protoc and protoc-c (Debian: protobuf-compiler, protobuf-c-compiler). The Swift plugins are built
# once from their packages into MARTLET_PROTOC_PLUGINS (default: ~/.cache/martlet/protoc-plugins).
set -euo pipefail
cd "$(dirname "$0")/.."

plugins=${MARTLET_PROTOC_PLUGINS:-${XDG_CACHE_HOME:-$HOME/.cache}/martlet/protoc-plugins}
grpc_swift_protobuf=2.4.1
c_target=Sources/C/CXDS
swift_target=Sources/Control/XDSProtos
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() { printf 'generate: %s\n' "$*"; }

# The files that hold messages; ads.proto holds only the service, which the proxy calls by path.
message_files() { (cd xds/proto && find . -name '*.proto' ! -name ads.proto -printf '%P\n' | LC_ALL=C sort); }

# generate_c DIR: sources into DIR/Generated, headers and the umbrella into DIR/include.
generate_c() {
  local out=$1 raw=$scratch/raw file
  mkdir -p "$raw"
  message_files | (cd xds/proto && xargs protoc-c -I . --c_out="$raw")
  rm -rf "$out/Generated" "$out/include/envoy" "$out/include/google" "$out/include/opentelemetry"
  (cd "$raw" && find . -name '*.pb-c.?' -printf '%P\n') | while read -r file; do
    case $file in
    *.h) install -D -m 644 "$raw/$file" "$out/include/$file" ;;
    *.c) install -D -m 644 "$raw/$file" "$out/Generated/$file" ;;
    esac
  done
  umbrella >"$out/include/CXDS.h"
  "$(scripts/python-env)/bin/python" xds/make_tables.py "$out"
}

umbrella() {
  echo '// Every message of xds/proto. Made by xds/generate.sh.'
  echo '#ifndef CXDS_H'
  echo '#define CXDS_H'
  echo
  echo '#include "CXDSLookup.h"'
  message_files | sed 's/\(.*\)\.proto$/#include "\1.pb-c.h"/'
  echo
  echo '#endif'
}

have_plugins() { [[ -x $plugins/protoc-gen-swift && -x $plugins/protoc-gen-grpc-swift-2 ]]; }

build_plugins() {
  local source=$plugins/grpc-swift-protobuf-$grpc_swift_protobuf bin product
  say "building protoc-gen-swift and protoc-gen-grpc-swift-2 into $plugins (minutes, once)"
  mkdir -p "$plugins"
  [[ -d $source ]] || git clone -q --depth 1 --branch "$grpc_swift_protobuf" \
    https://github.com/grpc/grpc-swift-protobuf "$source"
  for product in protoc-gen-swift protoc-gen-grpc-swift-2; do
    swift build --package-path "$source" -c release --product "$product"
    bin=$(swift build --package-path "$source" -c release --show-bin-path)
    install -m 755 "$bin/$product" "$plugins/$product"
  done
}

# generate_swift DIR: messages and the gRPC service of ads.proto into DIR/Generated, flat names from paths.
# SwiftProtobuf has google.protobuf itself.
generate_swift() {
  local out
  mkdir -p "$1"
  out=$(realpath "$1")/Generated
  rm -rf "$out"
  mkdir "$out"
  message_files | grep -v '^google/protobuf/' | (cd xds/proto && xargs protoc -I . \
    --plugin="$plugins/protoc-gen-swift" \
    --swift_out="$out" --swift_opt=Visibility=Public --swift_opt=FileNaming=PathToUnderscores)
  (cd xds/proto && protoc -I . --plugin="$plugins/protoc-gen-grpc-swift-2" \
    --grpc-swift-2_out="$out" --grpc-swift-2_opt=Visibility=Public \
    --grpc-swift-2_opt=FileNaming=PathToUnderscores envoy/service/discovery/v3/ads.proto)
}

write() { # KIND TARGET
  "generate_$1" "$2"
  say "$2: $(find "$2" -path '*.pb*' -o -name '*.grpc.swift' | wc -l) files"
}

compare() { # KIND TARGET
  local fresh=$scratch/$1 part
  mkdir -p "$fresh"
  "generate_$1" "$fresh"
  for part in "$fresh"/*; do
    if ! diff -rq -x module.modulemap -x CXDSLookup.h "$part" "$2/$(basename "$part")"; then
      say "$2 is stale; run xds/generate.sh $1 and commit what it writes"
      return 1
    fi
  done
  say "$2 is what xds/proto gives"
}

action="write"
if [[ ${1:-} == --check ]]; then
  action=compare
  shift
fi
case ${1:-all} in
c) kinds=(c) ;;
swift) kinds=(swift) ;;
all) kinds=(c swift) ;;
*) sed -n 5p "$0" >&2 && exit 2 ;;
esac

for kind in "${kinds[@]}"; do
  if [[ $kind == c ]]; then
    $action c "$c_target"
  elif [[ $action == write ]]; then
    have_plugins || build_plugins
    write swift "$swift_target"
  elif have_plugins; then
    compare swift "$swift_target"
  else
    say "$swift_target not compared: the plugins are not built"
  fi
done
