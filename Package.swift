// swift-tools-version: 6.1
// prep: from raw labelled images to shards, batches and trained models.
//
// Targets depend in one direction only, from Dataset and Storage at the bottom up to Report and prep;
// docs/architecture.md has the picture.

import Foundation
import PackageDescription

// What `make docs` needs, and nobody else.
let documentation: [Package.Dependency] =
    Context.environment["PREP_DOCS"] == nil
    ? [] : [.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0")]

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func systemLibrary(_ name: String, pkgConfig: String?, debian: String, brew: String) -> Target {
    .systemLibrary(
        name: name, pkgConfig: pkgConfig, providers: [.apt([debian]), .brew([brew])])
}

func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = [],
    plugins: [Target.PluginUsage] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, resources: resources, swiftSettings: swiftSettings,
        plugins: plugins)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name + "Tests",
        dependencies: [.target(name: name), .target(name: "TestSupport")] + dependencies,
        swiftSettings: swiftSettings)
}

let package = Package(
    name: "prep",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "prep", targets: ["prep"]),
        // Each product brings along the modules whose types it shows.
        .library(
            name: "PrepPipeline",
            targets: ["Dataset", "Storage", "Imaging", "Configuration", "Ingest", "Shards", "Pipeline"]),
        .library(name: "PrepShards", targets: ["Dataset", "Storage", "Shards"]),
        .library(name: "PrepLoader", targets: ["Dataset", "Storage", "Imaging", "Shards", "Loader"]),
        // libPrepC.so, for C and Python: prep.h declares its functions.
        .library(name: "PrepC", type: .dynamic, targets: ["CPrep", "Interface"]),
        .library(
            name: "PrepTraining",
            targets: ["Dataset", "Storage", "Imaging", "Configuration", "Shards", "Loader", "Training"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    ] + documentation,
    targets: [
        // System libraries: a module map each, nothing else.
        systemLibrary("CArchive", pkgConfig: "libarchive", debian: "libarchive-dev", brew: "libarchive"),
        systemLibrary("CJPEG", pkgConfig: "libjpeg", debian: "libjpeg-dev", brew: "jpeg-turbo"),
        systemLibrary("CZstd", pkgConfig: "libzstd", debian: "libzstd-dev", brew: "zstd"),
        systemLibrary("CPNG", pkgConfig: "libpng", debian: "libpng-dev", brew: "libpng"),
        systemLibrary("CNettle", pkgConfig: "nettle", debian: "nettle-dev", brew: "nettle"),
        systemLibrary("CDeflate", pkgConfig: "libdeflate", debian: "libdeflate-dev", brew: "libdeflate"),
        systemLibrary("CZlib", pkgConfig: "zlib", debian: "zlib1g-dev", brew: "zlib"),
        systemLibrary("CWebP", pkgConfig: "libwebpdemux", debian: "libwebp-dev", brew: "webp"),
        systemLibrary("CTIFF", pkgConfig: "libtiff-4", debian: "libtiff-dev", brew: "libtiff"),
        systemLibrary("CGIF", pkgConfig: nil, debian: "libgif-dev", brew: "giflib"),

        // Our own C: loops that want vector instructions, the codecs, which need setjmp, and a system call.
        // giflib has no pkg-config file that would name its library.
        .target(
            name: "CKernels",
            dependencies: ["CProcessor", "CJPEG", "CPNG", "CZlib", "CWebP", "CTIFF", "CGIF"],
            linkerSettings: [.linkedLibrary("gif")]),
        .target(name: "CProcessor"),
        .target(name: "CTensor", dependencies: ["CProcessor"]),
        .target(name: "CFiles"),

        // YAML files become part of Pipeline and Training.
        .executableTarget(name: "embed", swiftSettings: swiftSettings),
        .plugin(name: "EmbedFiles", capability: .buildTool(), dependencies: ["embed"]),

        // The flow.
        module("Dataset", ["CNettle"]),
        module("Parallel"),
        module("Storage", ["Dataset", "CArchive", "CFiles", "CZstd"]),
        module("Imaging", ["Dataset", "CKernels", "CPNG"]),
        module("Configuration", ["Dataset", "Storage", "Imaging", .product(name: "Yams", package: "Yams")]),
        module("Ingest", ["Dataset", "Parallel", "Storage", "CArchive", "CDeflate", "CZlib"]),
        module("Shards", ["Dataset", "Parallel", "Storage"]),
        module(
            "Pipeline",
            ["Dataset", "Parallel", "Storage", "Imaging", "Configuration", "Ingest", "Shards", "CKernels"],
            plugins: ["EmbedFiles"]),
        module("Loader", ["Dataset", "Parallel", "Storage", "Imaging", "Shards", "CKernels"]),
        module(
            "Training",
            [
                "Dataset", "Parallel", "Storage", "Imaging", "Configuration", "Shards", "Loader", "CTensor",
            ],
            plugins: ["EmbedFiles"]),
        module("Synthesis", ["Dataset", "Parallel", "Storage", "Imaging"]),
        module("Export", ["Dataset", "Parallel", "Storage", "Imaging", "Shards"]),
        module(
            "Report",
            ["Dataset", "Storage", "Imaging", "Configuration", "Shards", "Pipeline", "Loader", "Training"],
            resources: [
                .embedInCode("HTML/page.css"), .embedInCode("HTML/page.js"), .embedInCode("Charts/chart.css"),
            ]
                + [
                    "draw.html", "draw.css", "network.js", "resize.js", "ink.js", "prepare.js", "answer.js",
                    "draw.js",
                ].map { .embedInCode("Drawing/\($0)") }
                + ["decide.html", "decide.css", "decide.js"].map { .embedInCode("Model/\($0)") }),
        module(
            "Commands",
            [
                "Dataset", "Parallel", "Storage", "Imaging", "Configuration", "Ingest", "Shards", "Pipeline",
                "Loader", "Training", "Synthesis", "Export", "Report",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(name: "prep", dependencies: ["Commands"], swiftSettings: swiftSettings),

        // prep.h, and the functions that it declares.
        .target(name: "CPrep"),
        module(
            "Interface",
            [
                "CPrep", "Commands", "Configuration", "Dataset", "Export", "Imaging", "Loader", "Parallel",
                "Pipeline", "Report", "Shards",
            ]),

        // Tests, one target per module; CommandTests run the built program.
        .target(
            name: "TestSupport", dependencies: ["Storage"], path: "Tests/TestSupport",
            swiftSettings: swiftSettings),
        tests(of: "Dataset"),
        tests(of: "Parallel"),
        tests(of: "Imaging", ["Dataset"]),
        tests(of: "Ingest", ["Dataset"]),
        tests(of: "Storage", ["Dataset"]),
        tests(of: "Shards", ["Dataset", "Storage"]),
        tests(
            of: "Pipeline",
            ["Configuration", "Dataset", "Imaging", "Ingest", "Shards", "Storage", "Synthesis"]),
        tests(of: "Loader", ["Dataset", "Imaging", "Pipeline", "Shards", "Storage"]),
        tests(
            of: "Training",
            ["Configuration", "Dataset", "Imaging", "Loader", "Pipeline", "Shards", "Storage", "CTensor"]),
        tests(of: "Export", ["Configuration", "Dataset", "Pipeline", "Shards", "Storage"]),
        tests(of: "Report", ["Dataset", "Storage", "Shards", "Pipeline", "Training"]),
        .testTarget(
            name: "CommandTests", dependencies: ["prep", "TestSupport"], swiftSettings: swiftSettings),
    ]
)

// The sanitizers build the modules that they test, and no more: PREP_ONLY lists targets, those they depend on follow.
// Targets stand after those that they depend on.
if let names = Context.environment["PREP_ONLY"] {
    var needed = Set(names.split(separator: " ").map(String.init) + ["embed", "EmbedFiles"])
    for target in package.targets.reversed() where needed.contains(target.name) {
        for dependency in target.dependencies {
            switch dependency {
            case .targetItem(let name, _), .byNameItem(let name, _): needed.insert(name)
            default: break
            }
        }
    }
    package.targets.removeAll { !needed.contains($0.name) }
    package.products.removeAll()
}

// Fuzzing needs coverage counters in everything that is built, so only `scripts/fuzz` asks for it.
// PREP_FUZZ is the path of libFuzzer's archive.
if let runtime = Context.environment["PREP_FUZZ"] {
    package.targets.append(
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Dataset", "Storage", "Imaging", "Configuration", "Ingest", "Shards", "Loader", "Pipeline",
                "Training",
            ],
            path: "Tests/Fuzz", swiftSettings: swiftSettings,
            linkerSettings: [.unsafeFlags(["-Xlinker", runtime]), .linkedLibrary("stdc++")]))
}

// Snippets of README and docs, one folder each, named PRODUCT-SNIPPET: they may use the modules of that product.
// `scripts/test-snippets` asks for them.
if let folder = Context.environment["PREP_SNIPPETS"] {
    let snippets = try FileManager.default.contentsOfDirectory(
        atPath: Context.packageDirectory + "/" + folder)
    for snippet in snippets.sorted() {
        let product = package.products.first { $0.name == snippet.prefix { $0 != "-" } } as? Product.Library
        package.targets.append(
            .executableTarget(
                name: snippet, dependencies: (product?.targets ?? []).map { .target(name: $0) },
                path: folder + "/" + snippet))
    }
}
