import Foundation
import Logging
import Scheduling

/// A service in this process, without a listener: for one job.
struct LocalService: Sendable {
    private let service: Service
    private let directory: String
    /// A directory of this process alone, removed at the end.
    private let isPrivate: Bool

    /// - Throws: `SettingsError` for what can't be used.
    init(config: String?, stateDirectory: String?) async throws {
        signal(SIGPIPE, SIG_IGN)
        isPrivate = stateDirectory == nil
        directory = try stateDirectory ?? Self.privateDirectory()
        let flags = ServeFlags(
            config: config, listen: "127.0.0.1:0", stateDirectory: directory, roots: ["/"], concurrency: nil)
        do {
            var settings = try Settings.gather(
                flags: flags, environment: ProcessInfo.processInfo.environment, readFile: Serve.readConfig)
            settings.tokens = []
            settings.bearerToken = nil
            // Whoever interrupts it waits.
            settings.scheduler.drain = .seconds(2)
            let logger = Logger(label: "longshore") { _ in SwiftLogNoOpLogHandler() }
            service = try await Service(settings: settings, limits: .raise(), logger: logger, listens: false)
        } catch {
            if isPrivate { try? FileManager.default.removeItem(atPath: directory) }
            throw error
        }
    }

    /// Runs the service for the time of `body`.
    func run(_ body: @escaping @Sendable (APIClient) async throws -> Void) async throws {
        defer { if isPrivate { try? FileManager.default.removeItem(atPath: directory) } }
        let (stop, continuation) = AsyncStream.makeStream(of: Never.self)
        try await withThrowingTaskGroup { group in
            group.addTask { try await service.run { for await _ in stop {} } }
            group.addTask {
                defer { continuation.finish() }
                try await body(APIClient(channel: LocalChannel(handler: service.router)))
            }
            // An error of the body must not cut the service off: it closes its state first.
            var failure: (any Error)?
            while let result = await group.nextResult() {
                if case .failure(let error) = result {
                    failure = failure ?? error
                }
            }
            if let failure { throw failure }
        }
    }

    private static func privateDirectory() throws -> String {
        let place = FileManager.default.temporaryDirectory.appending(path: "longshore-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(
                at: place, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch {
            throw SettingsError("\(place.path(percentEncoded: false)): can't be made: \(error.localizedDescription)")
        }
        return place.path(percentEncoded: false)
    }
}
