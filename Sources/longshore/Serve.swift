import ArgumentParser
import Foundation
import Logging

/// `longshore serve`: the service, until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the service.",
        discussion: """
            Flags win over the environment (LONGSHORE_LISTEN, LONGSHORE_STATE_DIR, LONGSHORE_ROOTS, \
            LONGSHORE_CONCURRENCY, LONGSHORE_TOKEN and the AWS variables), the environment over the file.
            """)

    @Option(help: "A settings file (YAML).")
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Address to listen on; port 0 takes any free one. unix:/PATH is a Unix socket.", valueName: "host:port"))
    var listen: String?

    @Flag(help: "Listen on an address that is not loopback although nobody needs a token.")
    var insecure = false

    @Option(help: ArgumentHelp("Where jobs are kept.", valueName: "dir"))
    var stateDir: String?

    @Option(help: ArgumentHelp("A directory that jobs may read from and write to; may be repeated.", valueName: "dir"))
    var root: [String] = []

    @Option(help: ArgumentHelp("Most S3 requests in flight, of all jobs together: 1 to 65,536.", valueName: "n"))
    var concurrency: Int?

    @Option(
        help: "trace, debug, info, notice, warning, error or critical.",
        transform: { text in
            guard let level = Logger.Level(rawValue: text) else {
                throw ValidationError("there is no log level \(text)")
            }
            return level
        })
    var logLevel: Logger.Level = .info

    func run() async throws {
        let flags = ServeFlags(
            config: config, listen: listen, stateDirectory: stateDir, roots: root, concurrency: concurrency,
            isInsecure: insecure)
        let settings = try Self.gather(flags)
        let level = logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let limits = ProcessLimits.raise()
        let stop = StopSignals()
        let hangUp = HangUpSignals()
        let logger = Logger(label: "longshore")
        if !settings.isLoopback, !settings.needsToken {
            logger.warning("whoever reaches this address may do everything", metadata: ["host": "\(settings.host)"])
        }
        let service = try await Service(settings: settings, limits: limits, logger: logger)
        let reload = Reload(service: service, settings: settings, logger: logger) { try Self.gather(flags) }
        Longshore.announce(url: service.url)
        try await withThrowingTaskGroup { group in
            group.addTask { await reload.run(at: hangUp) }
            try await service.run { _ = await stop.wait() }
            group.cancelAll()
        }
    }

    private static func gather(_ flags: ServeFlags) throws -> Settings {
        try Settings.gather(
            flags: flags, environment: ProcessInfo.processInfo.environment, readFile: Self.readConfig)
    }

    static func readConfig(_ path: String) throws -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw SettingsError("--config \(path): can't be read: \(error.localizedDescription)")
        }
    }
}
