import ArgumentParser
import DevStore
import Foundation
import SigV4

/// `longshore dev-store`: a small, strict S3 store for demonstrations and tests.
struct DevStoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev-store",
        abstract: "Runs a small S3 store for demonstrations and tests.",
        discussion: """
            It verifies every signature and checksum, refuses what S3 refuses, and can be told to fail at \
            /__devstore/faults; /__devstore/stats counts. No place for data that matters: nothing is flushed to the disk.
            """)

    @Option(help: ArgumentHelp("Address to listen on; port 0 takes any free one.", valueName: "host:port"))
    var listen = "127.0.0.1:0"

    @Option(help: ArgumentHelp("Where objects are kept.", valueName: "dir"))
    var directory: String?

    @Option(help: "The access key that requests are signed with; without one nothing is verified.")
    var accessKey: String?

    @Option(help: "Its secret.")
    var secretKey: String?

    @Flag(help: "Take sessions: key ID KEY-until-SECONDS, the same secret, token session-until-SECONDS, until then.")
    var sessions = false

    @Option(help: ArgumentHelp("Added to each answer.", valueName: "milliseconds"))
    var latencyMs = 0

    @Option(help: ArgumentHelp("How far its clock is off.", valueName: "seconds"))
    var clockOffset = 0

    @Option(help: ArgumentHelp("The one region that signatures may name.", valueName: "name"))
    var region = "us-east-1"

    @Option(help: ArgumentHelp("A bucket to make; may be repeated.", valueName: "name"))
    var bucket: [String] = []

    @Flag(help: "Let a write make its bucket.")
    var createBuckets = false

    @Flag(help: "Keep no bytes: objects are read back as zeros.")
    var discard = false

    @Flag(help: "Answer every write at once, unread and unchecked.")
    var blind = false

    @Flag(help: "Leave MD5 out: ETags say nothing of the bytes.")
    var opaqueEtags = false

    @Flag(help: "Let anybody read and list without a signature.")
    var anonymousRead = false

    @Option(help: ArgumentHelp("Append a line for each request to this file.", valueName: "file"))
    var log: String?

    func run() async throws {
        let address = try Settings.listenAddress(listen, named: "--listen")
        var configuration = DevStoreConfiguration(keeping: try keeping(), credentials: try credentials())
        configuration.host = address.host
        configuration.port = address.port
        configuration.buckets = bucket
        configuration.createsBuckets = createBuckets
        configuration.latency = .milliseconds(latencyMs)
        configuration.clockOffset = .seconds(clockOffset)
        configuration.region = region
        configuration.allowsAnonymousReads = anonymousRead
        configuration.log = log
        configuration.takesSessions = sessions
        if opaqueEtags { configuration.etags = .opaque }
        _ = ProcessLimits.raise()
        let stop = StopSignals()
        let store: DevStore
        do {
            store = try DevStore(configuration: configuration)
        } catch {
            throw SettingsError("dev-store: \(error)")
        }
        Longshore.announce(url: store.endpoint)
        _ = await stop.wait()
        await store.stop()
    }

    private func keeping() throws -> DevStoreConfiguration.Keeping {
        if blind { return .nothing }
        if discard { return .descriptions }
        guard let directory else { throw SettingsError("dev-store: --directory is needed, or --discard, or --blind") }
        return .folder(directory)
    }

    private func credentials() throws -> Credentials? {
        switch (accessKey, secretKey) {
        case (nil, nil): return nil
        case (let id?, let secret?): return Credentials(accessKeyID: id, secretAccessKey: secret, sessionToken: nil)
        default: throw SettingsError("dev-store: --access-key and --secret-key go together")
        }
    }
}
