// swift-tools-version: 6.2
import PackageDescription

/// One set of rules for every target of ours: Swift 6, strict memory safety, no warning survives.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// A room: its own name, and the rooms and products that it may import.
func room(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["Support"], resources: resources, swiftSettings: strict)
}

let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// The rooms whose parsers are fuzzed.
let fuzzed: [Target.Dependency] = ["API", "DevStore", "Model", "S3Client", "Scheduling", "SigV4", httpTypes]

let package = Package(
    name: "longshore",
    products: [.executable(name: "longshore", targets: ["longshore"])],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CMicrohttpd", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
        .systemLibrary(name: "CXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CLinux"),

        room("Model"),
        room("Checksums", ["COpenSSL", "CISAL"]),
        room("SigV4", ["COpenSSL"]),
        room("Files", ["Model", "Checksums", "CLinux"]),
        room("CurlTransport", ["CCurl", "CLinux"]),
        room("Metrics"),
        room("S3Client", ["Model", "Metrics", "SigV4", "CurlTransport", "CXML2"]),
        room("Transfers", ["Model", "Checksums", "Files", "S3Client"]),
        room("Storage", ["Model", "Metrics", grdb, sqlite]),
        room("Scheduling", ["Model", "Metrics", "Files", "Storage", "Transfers", deque, heap, logging]),
        room("Webhooks", ["Model", "Metrics", "Checksums", "SigV4", "CurlTransport", "Storage", logging]),
        room("HTTPServer", ["CMicrohttpd", httpTypes]),
        room(
            "API", ["Model", "Metrics", "Files", "Scheduling", "Storage", "HTTPServer", httpTypes, logging],
            resources: [.embedInCode("Resources")]),
        room("DevStore", ["HTTPServer", "SigV4", "Checksums", "Model", httpTypes]),
        .executableTarget(
            name: "longshore",
            dependencies: [
                "API", "CLinux", "Checksums", "CurlTransport", "DevStore", "Files", "HTTPServer", "Metrics", "Model",
                "S3Client", "Scheduling", "SigV4", "Storage", "Transfers", "Webhooks", argumentParser, httpTypes,
                logging, yams,
            ],
            resources: [.embedInCode("openapi.yaml")],
            swiftSettings: strict),

        .executableTarget(
            name: "TransportBenchmark", dependencies: ["CurlTransport"], path: "Tests/Benchmarks/Transport",
            swiftSettings: strict),

        .executableTarget(
            name: "StorageBenchmark", dependencies: ["Storage", "Model"], path: "Tests/Benchmarks/storage",
            swiftSettings: strict),

        .executableTarget(
            name: "ScaleBenchmark", dependencies: ["Scheduling", "Storage", "Model", "Support", grdb],
            path: "Tests/Benchmarks/Scale", swiftSettings: strict),

        .target(name: "Support", dependencies: [], path: "Tests/Support", swiftSettings: strict),
        tests("ModelTests", ["Model"]),
        tests("MetricsTests", ["Metrics"]),
        tests("ChecksumsTests", ["Checksums"]),
        tests("SigV4Tests", ["SigV4"], resources: [.copy("Fixtures")]),
        tests("FilesTests", ["Files", "Model", "Checksums"]),
        tests("CurlTransportTests", ["CurlTransport"]),
        tests("S3ClientTests", ["S3Client", "CurlTransport", "SigV4", "Model", "DevStore"]),
        tests("StorageTests", ["Storage", "Model", "Metrics", grdb]),
        tests(
            "SchedulingTests",
            [
                "Scheduling", "Model", "Storage", "Transfers", "DevStore", "S3Client", "CurlTransport", "Files",
                "SigV4", heap, logging, grdb,
            ]),
        tests(
            "LongshoreTests",
            ["longshore", "API", "Model", "S3Client", "Scheduling", "HTTPServer", "Webhooks", httpTypes]),
        tests("WebhooksTests", ["Webhooks", "Model", "Storage", "Metrics", "CurlTransport", logging]),
        tests("HTTPServerTests", ["HTTPServer", httpTypes]),
        tests(
            "APITests",
            [
                "API", "Model", "HTTPServer", "Scheduling", "Storage", "Files", "Transfers", "S3Client",
                "CurlTransport", "SigV4", httpTypes, logging,
            ]),
        tests("DevStoreTests", ["DevStore", "HTTPServer", "SigV4", "Checksums", "Model", "CurlTransport", httpTypes]),
        tests(
            "TransfersTests",
            ["Transfers", "Model", "Files", "S3Client", "CurlTransport", "DevStore", "SigV4"]),
        .testTarget(
            name: "Fuzz", dependencies: fuzzed, path: "Tests/Fuzz", exclude: ["Corpus", "Fuzz.swift"],
            swiftSettings: strict),
    ]
)

// Tests/run builds the rooms that touch C once more, for the address sanitizer.
if Context.environment["LONGSHORE_ROOMS"] == "c" {
    let c: Set = [
        "CCurl", "COpenSSL", "CMicrohttpd", "CISAL", "CXML2", "CLinux", "Model", "Metrics", "Checksums", "SigV4",
        "Files",
        "CurlTransport", "S3Client", "HTTPServer", "DevStore", "Support", "ChecksumsTests", "SigV4Tests", "FilesTests",
        "CurlTransportTests", "S3ClientTests", "HTTPServerTests", "DevStoreTests",
    ]
    package.targets.removeAll { !c.contains($0.name) }
    package.products = []
}

// Tests/fuzz builds a program of the fuzzed rooms alone: all that it links is instrumented for libFuzzer.
if Context.environment["LONGSHORE_ROOMS"] == "fuzz" {
    var rooms: Set<String> = []
    func add(_ dependencies: [Target.Dependency]) {
        for case .byNameItem(let name, _) in dependencies where rooms.insert(name).inserted {
            add(package.targets.first { $0.name == name }?.dependencies ?? [])
        }
    }
    add(fuzzed)
    package.targets.removeAll { !rooms.contains($0.name) }
    package.targets += [
        .executableTarget(
            name: "Fuzz", dependencies: fuzzed, path: "Tests/Fuzz",
            exclude: ["Corpus", "ReplayTests.swift"], swiftSettings: strict)
    ]
    package.products = []
}
