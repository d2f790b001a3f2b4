// swift-tools-version: 6.2
import PackageDescription

// No package dependencies, ever: the toolchain, C libraries that every distribution keeps patched, and git.

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: (name == "Model" ? [] : ["Model"]) + [.target(name: name), "TestSupport"] + dependencies,
    swiftSettings: strict)
}

let package = Package(
  name: "tagkeeper",
  products: [.executable(name: "tagkeeper", targets: ["tagkeeper"])],
  targets: [
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
    .target(name: "CLinux"),

    target("Model"),
    target("Planning", ["Model"]),
    target("JSONOutput"),
    target("LinuxSystem", ["CLinux"]),
    target("YAML", ["CYAML", "Model"]),
    target("StateFile", ["Model", "YAML"]),
    target("Configuration", ["Model", "YAML"]),
    target("Importing", ["Model", "YAML"]),
    target("GitCheckout", ["Model", "LinuxSystem"]),
    target("HTTPClient", ["CCurl", "LinuxSystem"]),
    target("Registry", ["Model", "HTTPClient", "CCrypto", "LinuxSystem"]),
    target("Reconciler", ["Model", "Planning", "JSONOutput"]),
    target("StatusServer", ["Model", "Reconciler", "JSONOutput", "LinuxSystem", "CMicroHTTPD", "CCrypto"]),
    .executableTarget(
      name: "tagkeeper",
      dependencies: [
        "Model", "Planning", "JSONOutput", "LinuxSystem", "YAML", "StateFile", "Configuration",
        "Importing", "GitCheckout", "HTTPClient", "Registry", "Reconciler", "StatusServer",
      ],
      swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["Model", "LinuxSystem", "HTTPClient", "Registry"],
      path: "Tests/TestSupport", swiftSettings: strict),
    tests("Model"),
    tests("Planning"),
    tests("JSONOutput"),
    tests("LinuxSystem"),
    tests("YAML"),
    tests("StateFile", ["Planning", "YAML"]),
    tests("Configuration", ["YAML"]),
    tests("Importing", ["YAML"]),
    tests("GitCheckout", ["LinuxSystem"]),
    tests("HTTPClient", ["LinuxSystem"]),
    tests("Registry", ["HTTPClient", "LinuxSystem"]),
    tests("Reconciler", ["Planning", "LinuxSystem"]),
    tests("StatusServer", ["LinuxSystem", "Reconciler"]),
    .testTarget(
      name: "TagkeeperTests",
      dependencies: [
        "Model", "Planning", "LinuxSystem", "GitCheckout", "Registry", "Reconciler", "StateFile",
        "TestSupport", "tagkeeper",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "Model", "LinuxSystem", "StateFile", "GitCheckout", "HTTPClient", "Registry", "Reconciler",
        "TestSupport",
        "tagkeeper",
      ],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
