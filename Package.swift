// swift-tools-version: 6.2
import PackageDescription

// The data plane: no Foundation, no Swift package, strict memory safety, no warning tolerated.
let proxySettings: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableExperimentalFeature("Lifetimes"),
  // Regular expressions are PCRE2's; Swift's own would add 1.3 MB.
  .unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"]),
  // docs/decisions/exclusivity-in-release.md, docs/decisions/inlining-across-targets.md
  .unsafeFlags(
    ["-enforce-exclusivity=unchecked", "-cross-module-optimization"],
    .when(configuration: .release)),
]

/// What no request passes through is made small in a release, not quick.
let smallSettings = proxySettings + [.unsafeFlags(["-Osize"], .when(configuration: .release))]

func proxy(
  _ name: String, _ dependencies: [Target.Dependency] = [], isSmall: Bool = false
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/Proxy/\(name)",
    swiftSettings: isSmall ? smallSettings : proxySettings)
}

/// A target of the control plane, which may use Swift packages.
func control(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/Control/\(name)")
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

extension Target.Dependency {
  static let yams = Self.product(name: "Yams", package: "Yams")
  static let grdb = Self.product(name: "GRDB", package: "GRDB.swift")
  static let hummingbird = Self.product(name: "Hummingbird", package: "hummingbird")
  static let hummingbirdCore = Self.product(name: "HummingbirdCore", package: "hummingbird")
  static let httpTypes = Self.product(name: "HTTPTypes", package: "swift-http-types")
  static let nio = Self.product(name: "NIOCore", package: "swift-nio")
  static let nioHTTP1 = Self.product(name: "NIOHTTP1", package: "swift-nio")
  static let nioPosix = Self.product(name: "NIOPosix", package: "swift-nio")
  static let nioEmbedded = Self.product(name: "NIOEmbedded", package: "swift-nio")
  static let protobuf = Self.product(name: "SwiftProtobuf", package: "swift-protobuf")
  static let grpc = Self.product(name: "GRPCCore", package: "grpc-swift-2")
  static let grpcProtobuf = Self.product(name: "GRPCProtobuf", package: "grpc-swift-protobuf")
  // What all its transports share; the one for POSIX brings two TLS libraries that nothing uses.
  static let grpcTransport = Self.product(
    name: "GRPCNIOTransportHTTP2TransportServices", package: "grpc-swift-nio-transport")
  static let arguments = Self.product(name: "ArgumentParser", package: "swift-argument-parser")
  static let logging = Self.product(name: "Logging", package: "swift-log")
  static let lifecycle = Self.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
  static let asyncAlgorithms = Self.product(
    name: "AsyncAlgorithms", package: "swift-async-algorithms")
}

/// What the control plane is built with; the proxy links none of it.
let controlPackages: [Package.Dependency] = [
  .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
  .package(
    url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
  .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0", traits: []),
  .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
  .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
  .package(url: "https://github.com/grpc/grpc-swift-2", exact: "2.4.3"),
  .package(url: "https://github.com/grpc/grpc-swift-protobuf", exact: "2.4.1"),
  .package(url: "https://github.com/grpc/grpc-swift-nio-transport", exact: "2.9.2"),
  .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
  .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
  .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  .package(url: "https://github.com/apple/swift-async-algorithms", exact: "1.1.4"),
]

let proxyTargets: [Target] = [
  .target(name: "CPlatform", path: "Sources/C/CPlatform"),
  system("CNGHTTP2", pkgConfig: "libnghttp2", apt: "libnghttp2-dev"),
  system("CProtobufC", pkgConfig: "libprotobuf-c", apt: "libprotobuf-c-dev"),
  system("CAres", pkgConfig: "libcares", apt: "libc-ares-dev"),
  system("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
  system("CPCRE2", pkgConfig: "libpcre2-8", apt: "libpcre2-dev"),
  // Not `libssl`: a static link would then lack libcrypto.
  system("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
  .target(name: "CXDS", dependencies: ["CProtobufC"], path: "Sources/C/CXDS"),

  proxy("Platform", ["CPlatform"]),
  proxy("Memory", ["Platform", "CPlatform"]),
  proxy("Reactor", ["Memory", "Platform"]),
  proxy("TLS", ["Config", "HTTPModel", "Patterns", "Memory", "Platform", "CPlatform", "COpenSSL"]),
  proxy("Sockets", ["Reactor", "TLS", "Config", "CPlatform", "CAres"]),
  proxy("HTTPModel", ["Memory"]),
  proxy("HTTP1", ["HTTPModel"]),
  proxy("HTTP2", ["HTTPModel", "Memory", "Platform", "CNGHTTP2"]),
  proxy("Patterns", ["CPCRE2"]),
  proxy("Config", ["HTTPModel", "Patterns", "Platform"], isSmall: true),
  proxy(
    "XDSTranslate",
    [
      "Config", "TLS", "HTTPModel", "Patterns", "Memory", "Platform", "CXDS", "CProtobufC", "CYAML",
    ], isSmall: true),
  proxy("Routing", ["HTTPModel", "GRPC", "Config", "Patterns", "Memory", "Platform"]),
  proxy("Upstreams", ["Config", "Memory", "Platform"]),
  proxy("Telemetry", ["HTTPModel", "HTTP2", "Config", "TLS"]),
  proxy("GRPC", ["HTTPModel", "Memory"]),
  proxy(
    "XDSClient",
    [
      "XDSTranslate", "GRPC", "HTTP2", "HTTPModel", "Sockets", "Reactor", "Memory", "Config",
      "Platform",
    ], isSmall: true),
  proxy(
    "Proxying",
    [
      "Sockets", "TLS", "Reactor", "Memory", "Platform", "HTTPModel", "HTTP1", "HTTP2", "GRPC",
      "Config", "Routing", "Upstreams", "Telemetry",
    ]),
  proxy(
    "AdminAPI", ["Sockets", "Reactor", "Memory", "Platform", "HTTPModel", "HTTP1"], isSmall: true),
  proxy(
    "Bootstrap",
    [
      "Proxying", "XDSClient", "AdminAPI", "XDSTranslate", "Telemetry", "Routing", "TLS", "Config",
      "Reactor", "Memory", "Platform",
    ], isSmall: true),

  .executableTarget(
    name: "martlet", dependencies: ["Bootstrap", "Config", "Platform"], path: "Sources/martlet",
    swiftSettings: proxySettings),

  tests("PlatformTests", ["Platform"]),
  tests("ReactorTests", ["Reactor", "Platform"]),
  tests("MemoryTests", ["Memory", "Platform"]),
  tests("BootstrapTests", ["Bootstrap"]),
  tests("AdminAPITests", ["AdminAPI", "HTTP1", "HTTPModel"]),
  tests(
    "ProxyingTests",
    [
      "Proxying", "Sockets", "TLS", "Reactor", "HTTP1", "HTTP2", "HTTPModel", "Memory", "Upstreams",
      "Telemetry", "Config", "Platform",
    ]),
  tests("ConfigTests", ["Config"]),
  tests("RoutingTests", ["Routing", "HTTPModel", "Config", "Patterns", "Memory", "Platform"]),
  tests("UpstreamsTests", ["Upstreams", "Config", "Platform"]),
  tests("XDSTranslateTests", ["XDSTranslate", "Config", "Patterns", "Platform"]),
  tests("SocketsTests", ["Sockets", "Reactor", "Config", "Platform", "CPlatform"]),
  tests("TLSTests", ["TLS", "Config", "Patterns", "Memory", "Platform"]),
  tests("GRPCTests", ["GRPC", "HTTPModel", "Memory"]),
  tests(
    "XDSClientTests",
    ["XDSClient", "XDSTranslate", "Sockets", "Reactor", "Config", "Memory", "Platform"]),
  tests("CXDSTests", ["CXDS", "CProtobufC"]),
  tests("TelemetryTests", ["Telemetry", "CXDS", "CProtobufC"]),
  tests("HTTP1Tests", ["HTTP1"]),
  tests("HTTP2Tests", ["HTTP2", "HTTPModel", "Memory", "Platform"]),
]

let controlTargets: [Target] = [
  control("XDSProtos", [.protobuf, .grpc, .grpcProtobuf]),
  control("MeshModel"),
  control("Manifests", ["MeshModel", .yams]),
  control("MeshStore", ["MeshModel", "Manifests", .grdb]),
  control("MeshTranslate", ["MeshModel", "XDSProtos", "CXDS", "CProtobufC", .protobuf]),
  control(
    "XDSServer",
    [
      "MeshModel", "MeshTranslate", "XDSProtos", .grpc, .grpcTransport, .nio, .nioPosix,
      .asyncAlgorithms,
      .logging,
    ]),
  control(
    "OperatorAPI",
    [
      "MeshModel", "Manifests", "MeshStore", .hummingbird, .hummingbirdCore, .httpTypes, .nio,
      .nioHTTP1, .logging,
    ]),

  .executableTarget(
    name: "martlet-control",
    dependencies: [
      "MeshModel", "MeshStore", "MeshTranslate", "XDSServer", "OperatorAPI", .arguments, .logging,
      .lifecycle,
    ],
    path: "Sources/martlet-control"),
  system("CCURL", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
  .executableTarget(
    name: "martletctl", dependencies: ["MeshModel", "CCURL", .arguments],
    path: "Sources/martletctl"),

  tests("MeshModelTests", ["MeshModel"]),
  tests("ManifestsTests", ["Manifests", "MeshModel"]),
  tests("MeshStoreTests", ["MeshStore", "Manifests", "MeshModel"]),
  tests("MeshTranslateTests", ["MeshTranslate", "MeshModel", "XDSProtos", .protobuf]),
  tests("XDSServerTests", ["XDSServer", "MeshTranslate", "MeshModel"]),
  tests(
    "XDSProtosTests",
    ["CXDS", "XDSProtos", .protobuf]),
  tests(
    "OperatorAPITests",
    ["OperatorAPI", "MeshStore", "MeshModel", .hummingbird, .httpTypes, .nioEmbedded, .logging]),
  tests("MartletControlTests", ["martlet-control"]),
  tests("MartletCtlTests", ["martletctl", "MeshModel", .arguments]),
]

/// With MARTLET_DATA_PLANE_ONLY set, the control plane is no part of the package: no Swift package is
/// fetched, and all that is built, tests included, is the proxy's. The sanitizers and fuzzers run so.
let isWhole = Context.environment["MARTLET_DATA_PLANE_ONLY"] == nil

let package = Package(
  name: "martlet",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "martlet", targets: ["martlet"])]
    + (isWhole
      ? [
        .executable(name: "martlet-control", targets: ["martlet-control"]),
        .executable(name: "martletctl", targets: ["martletctl"]),
      ] : []),
  dependencies: isWhole ? controlPackages : [],
  targets: proxyTargets + (isWhole ? controlTargets : []),
  swiftLanguageModes: [.v6]
)
