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

    @Option(help: ArgumentHelp("Address to listen on; port 0 takes any free one.", valueName: "host:port"))
    var listen: String?

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
            config: config, listen: listen, stateDirectory: stateDir, roots: root, concurrency: concurrency)
        let settings = try Settings.gather(
            flags: flags, environment: ProcessInfo.processInfo.environment, readFile: Self.readConfig)
        let level = logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let limits = ProcessLimits.raise()
        let stop = StopSignals()
        let service = try await Service(settings: settings, limits: limits, logger: Logger(label: "longshore"))
        Longshore.announce(url: Longshore.url(host: settings.host, port: service.port))
        try await service.run { _ = await stop.wait() }
    }

    static func readConfig(_ path: String) throws -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw SettingsError("--config \(path): can't be read: \(error.localizedDescription)")
        }
    }
}
