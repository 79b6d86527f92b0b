// swift-tools-version: 6.2
import PackageDescription

// The data plane: no Foundation, no Swift package, strict memory safety, no warning tolerated.
let proxySettings: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableExperimentalFeature("Lifetimes"),
]

func proxy(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/Proxy/\(name)",
    swiftSettings: proxySettings)
}

func system(_ name: String, pkgConfig: String, apt: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/C/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func tests(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: path ?? "Tests/\(name)",
    swiftSettings: [.enableExperimentalFeature("Lifetimes")])
}

let package = Package(
  name: "martlet",
  products: [
    .executable(name: "martlet", targets: ["martlet"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2", exact: "2.4.3"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf", exact: "2.4.1"),
  ],
  targets: [
    .target(name: "CPlatform", path: "Sources/C/CPlatform"),
    system("CNGHTTP2", pkgConfig: "libnghttp2", apt: "libnghttp2-dev"),
    system("CProtobufC", pkgConfig: "libprotobuf-c", apt: "libprotobuf-c-dev"),
    system("CAres", pkgConfig: "libcares", apt: "libc-ares-dev"),
    system("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    system("CPCRE2", pkgConfig: "libpcre2-8", apt: "libpcre2-dev"),
    .target(name: "CXDS", dependencies: ["CProtobufC"], path: "Sources/C/CXDS"),

    proxy("Platform", ["CPlatform"]),
    proxy("Memory", ["Platform", "CPlatform"]),
    proxy("Reactor", ["Memory", "Platform"]),
    proxy("Sockets", ["Reactor", "CPlatform", "CAres"]),
    proxy("HTTPModel", ["Memory"]),
    proxy("HTTP1", ["HTTPModel"]),
    proxy("Config", ["Platform"]),
    proxy("XDSTranslate", ["Config", "Platform", "CXDS", "CProtobufC", "CYAML"]),
    proxy("Upstreams", ["Config", "Memory", "Platform"]),
    proxy("GRPC"),
    proxy(
      "XDSClient",
      ["XDSTranslate", "GRPC", "Sockets", "Reactor", "Memory", "Config", "Platform", "CNGHTTP2"]),

    .target(
      name: "XDSProtos",
      dependencies: [
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
      ],
      path: "Sources/Control/XDSProtos"),

    .executableTarget(
      name: "martlet", dependencies: ["Platform"], path: "Sources/martlet",
      swiftSettings: proxySettings),

    tests("UpstreamsTests", ["Upstreams", "Config", "Platform"]),
    tests("XDSTranslateTests", ["XDSTranslate", "Config", "Platform"]),
    tests("GRPCTests", ["GRPC"]),
    tests("XDSClientTests", ["XDSClient", "XDSTranslate", "Reactor", "Config", "Platform"]),
    tests("CXDSTests", ["CXDS", "CProtobufC"]),
    tests(
      "XDSProtosTests",
      ["CXDS", "XDSProtos", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
    tests("HTTP1Tests", ["HTTP1"]),
  ],
  swiftLanguageModes: [.v6]
)
