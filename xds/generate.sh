#!/usr/bin/env bash
# Generates the code for xds/proto: protobuf-c for the proxy (Sources/C/CXDS) and swift-protobuf with
# grpc-swift for the control plane (Sources/Control/XDSProtos). Both trees are committed.
#
#   xds/generate.sh [c|swift|all]     all is the default
#
# Needs protoc and protoc-c (Debian: protobuf-compiler, protobuf-c-compiler). The Swift plugins are built
# once from their packages into MARTLET_PROTOC_PLUGINS (default: ~/.cache/martlet/protoc-plugins).
set -euo pipefail
cd "$(dirname "$0")/.."

plugins=${MARTLET_PROTOC_PLUGINS:-${XDG_CACHE_HOME:-$HOME/.cache}/martlet/protoc-plugins}
grpc_swift_protobuf=2.4.1
c_target=Sources/C/CXDS
swift_target=Sources/Control/XDSProtos

say() { printf 'generate: %s\n' "$*"; }

# The files that hold messages; ads.proto holds only the service, which the proxy calls by path.
message_files() { (cd xds/proto && find . -name '*.proto' ! -name ads.proto -printf '%P\n' | LC_ALL=C sort); }

# generate_c DIR: sources into DIR/Generated, headers and the umbrella into DIR/include.
generate_c() {
  local out=$1 raw file
  raw=$(mktemp -d)
  message_files | (cd xds/proto && xargs protoc-c -I . --c_out="$raw")
  rm -rf "$out/Generated" "$out/include/envoy" "$out/include/google" "$out/include/opentelemetry"
  (cd "$raw" && find . -name '*.pb-c.?' -printf '%P\n' | LC_ALL=C sort) | while read -r file; do
    case $file in
    *.h) install -D -m 644 "$raw/$file" "$out/include/$file" ;;
    *.c) install -D -m 644 "$raw/$file" "$out/Generated/$file" ;;
    esac
  done
  umbrella >"$out/include/CXDS.h"
  rm -rf "$raw"
}

umbrella() {
  echo '// Every message of xds/proto. Made by xds/generate.sh.'
  echo '#ifndef CXDS_H'
  echo '#define CXDS_H'
  echo
  message_files | sed 's/\(.*\)\.proto$/#include "\1.pb-c.h"/'
  echo
  echo '#endif'
}

build_plugins() {
  local source bin
  [[ -x $plugins/protoc-gen-swift && -x $plugins/protoc-gen-grpc-swift-2 ]] && return
  say "building protoc-gen-swift and protoc-gen-grpc-swift-2 into $plugins (minutes, once)"
  mkdir -p "$plugins"
  source=$plugins/grpc-swift-protobuf-$grpc_swift_protobuf
  [[ -d $source ]] || git clone -q --depth 1 --branch "$grpc_swift_protobuf" \
    https://github.com/grpc/grpc-swift-protobuf "$source"
  for product in protoc-gen-swift protoc-gen-grpc-swift-2; do
    swift build --package-path "$source" -c release --product "$product"
    bin=$(swift build --package-path "$source" -c release --show-bin-path)
    install -m 755 "$bin/$product" "$plugins/$product"
  done
}

# generate_swift DIR: messages and the gRPC service of ads.proto, flat names from paths. SwiftProtobuf has
# google.protobuf itself.
generate_swift() {
  local out=$1
  rm -rf "$out/Generated"
  mkdir -p "$out/Generated"
  message_files | grep -v '^google/protobuf/' | (cd xds/proto && xargs protoc -I . --plugin="$plugins/protoc-gen-swift" \
    --swift_out="$out/Generated" --swift_opt=Visibility=Public --swift_opt=FileNaming=PathToUnderscores)
  (cd xds/proto && protoc -I . --plugin="$plugins/protoc-gen-grpc-swift-2" \
    --grpc-swift-2_out="$out/Generated" --grpc-swift-2_opt=Visibility=Public \
    --grpc-swift-2_opt=FileNaming=PathToUnderscores envoy/service/discovery/v3/ads.proto)
}

report() { say "$1: $(find "$1" -name '*.pb*' -o -name '*.grpc.swift' | wc -l) files"; }

what=${1:-all}
case $what in
c | swift | all) ;;
*) echo "usage: $0 [c|swift|all]" >&2 && exit 2 ;;
esac
if [[ $what != swift ]]; then
  generate_c "$c_target"
  report "$c_target"
fi
if [[ $what != c ]]; then
  build_plugins
  generate_swift "$PWD/$swift_target"
  report "$swift_target"
fi
