// swift-tools-version: 6.1
// prep: from raw labelled images to shards, batches and trained models.
//
// Targets depend in one direction only, in the order in which data flows:
// Ingest and Imaging → Pipeline → Shards → (loader, training) → Report → prep.

import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func systemLibrary(_ name: String, pkgConfig: String, debian: String, brew: String) -> Target {
    .systemLibrary(
        name: name, pkgConfig: pkgConfig, providers: [.apt([debian]), .brew([brew])])
}

func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [],
    resources: [Resource] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, exclude: exclude, resources: resources,
        swiftSettings: swiftSettings)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name + "Tests",
        dependencies: [.target(name: name), .target(name: "TestSupport")] + dependencies,
        swiftSettings: swiftSettings)
}

/// Files in `pipelines/` that are recipes of trainings; the others are of preparations.
let recipes = [
    "best", "cnn", "digitsnet", "digitsnet-logits", "dropout-cnn", "example", "fast", "lenet", "mlp",
    "mlp-wide", "two-conv",
].map { "train-\($0).yaml" }

let package = Package(
    name: "prep",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "prep", targets: ["prep"]),
        .library(name: "PrepShards", targets: ["Dataset", "Shards"]),
        .library(name: "PrepLoader", targets: ["Dataset", "Imaging", "Shards", "Loader"]),
        .library(name: "PrepTraining", targets: ["Dataset", "Shards", "Training"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-crypto", "3.12.0"..<"5.0.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    ],
    targets: [
        // System libraries: a module map each, nothing else.
        systemLibrary("CArchive", pkgConfig: "libarchive", debian: "libarchive-dev", brew: "libarchive"),
        systemLibrary("CJPEG", pkgConfig: "libjpeg", debian: "libjpeg-dev", brew: "jpeg-turbo"),
        systemLibrary("CZstd", pkgConfig: "libzstd", debian: "libzstd-dev", brew: "zstd"),
        systemLibrary("CPNG", pkgConfig: "libpng", debian: "libpng-dev", brew: "libpng"),
        systemLibrary("CZlib", pkgConfig: "zlib", debian: "zlib1g-dev", brew: "zlib"),

        // Our own C: loops that want vector instructions, and the codecs, which need setjmp.
        .target(name: "CKernels", dependencies: ["CJPEG", "CPNG", "CZlib"]),
        .target(name: "CTensor"),

        // The flow.
        module("Dataset", [.product(name: "Crypto", package: "swift-crypto")]),
        module("Parallel"),
        module("Imaging", ["Dataset", "CKernels"]),
        module("Configuration", ["Dataset", "Imaging", .product(name: "Yams", package: "Yams")]),
        module("Ingest", ["Dataset", "CArchive", "CZlib"]),
        module("Shards", ["Dataset", "Parallel", "CZstd"]),
        module(
            "Pipeline",
            ["Dataset", "Parallel", "Imaging", "Configuration", "Ingest", "Shards"],
            exclude: ["Builtin/example.yaml"] + recipes.map { "Builtin/\($0)" },
            resources: [
                .embedInCode("Builtin/kaggle.yaml"), .embedInCode("Builtin/images.yaml"),
                .embedInCode("Builtin/mnist.yaml"), .embedInCode("Builtin/kaggle-as-mnist.yaml"),
            ]),
        module("Loader", ["Dataset", "Parallel", "Imaging", "Shards"]),
        module(
            "Training",
            [
                "Dataset", "Parallel", "Imaging", "Configuration", "Shards", "Loader", "CTensor",
            ],
            exclude: ["example", "images", "kaggle", "kaggle-as-mnist", "mnist"].map { "Builtin/\($0).yaml" },
            resources: recipes.map { .embedInCode("Builtin/\($0)") }),
        module("Synthesis", ["Dataset", "Parallel", "Imaging", "CArchive"]),
        module(
            "Report", ["Dataset", "CPNG"],
            resources: [
                .embedInCode("HTML/page.css"), .embedInCode("HTML/page.js"), .embedInCode("Charts/chart.css"),
            ]),
        .executableTarget(
            name: "prep",
            dependencies: [
                "Dataset", "Parallel", "Imaging", "Configuration", "Ingest", "Pipeline", "Shards", "Loader",
                "Training",
                "Synthesis", "Report",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),

        // Tests, one target per module; CommandTests run the built program.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: swiftSettings),
        tests(of: "Dataset"),
        tests(of: "Parallel"),
        tests(of: "Imaging", ["Dataset"]),
        tests(of: "Ingest", ["Dataset"]),
        tests(of: "Shards", ["Dataset"]),
        tests(of: "Pipeline", ["Configuration", "Dataset", "Imaging", "Ingest", "Shards", "Synthesis"]),
        tests(of: "Loader", ["Dataset", "Imaging", "Pipeline", "Shards"]),
        tests(of: "Training", ["Dataset", "Imaging", "Loader", "Pipeline", "Shards", "CTensor"]),
        tests(of: "Report"),
        .testTarget(
            name: "CommandTests", dependencies: ["prep", "TestSupport"], swiftSettings: swiftSettings),
    ]
)
