/// AWS's shared `credentials` and `config` files, and which profile of them is meant.
///
/// The files are read anew by each `profiles` call: keys may have been rotated. (AWS SDK reference, "Shared config and
/// credentials files".)
package struct SharedConfiguration: Sendable {
    /// The profile that is meant.
    package let profileName: String
    private let credentialsFile: String?
    private let configFile: String?
    private let readFile: @Sendable (_ path: String) -> [UInt8]?

    /// - Parameters:
    ///   - environment: `AWS_PROFILE`, `AWS_SHARED_CREDENTIALS_FILE`, `AWS_CONFIG_FILE`, `HOME`.
    ///   - profile: wins over `AWS_PROFILE`.
    ///   - readFile: nil when there is no such file.
    package init(
        environment: [String: String], profile: String? = nil,
        readFile: @escaping @Sendable (_ path: String) -> [UInt8]? = CredentialsSurroundings.readFromDisk
    ) {
        func path(_ variable: String, _ standard: String) -> String? {
            if let path = environment[variable], !path.isEmpty { return path }
            return environment["HOME"].map { "\($0)/.aws/\(standard)" }
        }
        let named = environment["AWS_PROFILE"].flatMap { $0.isEmpty ? nil : $0 }
        profileName = profile ?? named ?? "default"
        credentialsFile = path("AWS_SHARED_CREDENTIALS_FILE", "credentials")
        configFile = path("AWS_CONFIG_FILE", "config")
        self.readFile = readFile
    }

    /// Every profile of both files. Reads them: blocks.
    package func profiles() -> SharedProfiles {
        SharedProfiles(config: sections(of: configFile), credentials: sections(of: credentialsFile))
    }

    /// The profile's region, if it names one. Blocks.
    package var region: String? { profiles()[profileName]?["region"] }

    private func sections(of file: String?) -> [String: [String: String]] {
        guard let file, let bytes = readFile(file) else { return [:] }
        return SharedProfiles.sections(String(decoding: bytes, as: UTF8.self))
    }
}
