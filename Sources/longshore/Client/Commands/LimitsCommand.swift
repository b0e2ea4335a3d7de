import API
import ArgumentParser

/// `longshore limits`
struct LimitsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits",
        abstract: "Shows the limits over all jobs, or changes them until the service's next start.")

    @Option(help: ArgumentHelp("Most S3 requests in flight: 1 to 65,536.", valueName: "n"))
    var concurrency: Int?

    @Option(help: ArgumentHelp("Bytes per second, such as 50MiB, or none.", valueName: "bytes"))
    var bandwidthLimit: BandwidthLimit?

    @Flag(help: "Print the limits as a line of JSON.")
    var json = false

    @OptionGroup(title: "The service")
    var connection: ConnectionOptions

    func run() async throws {
        let client = try connection.client()
        let limits = isChange ? try await client.setLimits(patch) : try await client.limits()
        if json { return Terminal.write(limits.line + [UInt8(ascii: "\n")]) }
        let bandwidth = limits["bandwidth_limit"]?.integer.map { TextFormat.bytes($0) + "/s" } ?? "no limit"
        Terminal.write(
            """
            requests in flight  \(limits["in_flight"]?.integer ?? 0) of \(limits["concurrency"]?.integer ?? 0)
            bandwidth           \(bandwidth)

            """)
    }

    private var isChange: Bool { concurrency != nil || bandwidthLimit != nil }

    private var patch: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            if let concurrency { writer.field("concurrency", concurrency) }
            if let bandwidthLimit { writer.field("bandwidth_limit", bandwidthLimit.bytes) }
        }
        return writer.bytes
    }

    /// A number of bytes a second, or the word `none`.
    struct BandwidthLimit: Sendable, ExpressibleByArgument {
        let bytes: Int64?

        init?(argument: String) {
            let count = ByteCount(argument: argument)
            guard argument == "none" || count != nil else { return nil }
            bytes = count?.bytes
        }
    }
}
