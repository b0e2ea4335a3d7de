package import CurlTransport
import Foundation

/// What the sources of credentials reach the world by: tests give them another one.
///
/// Requests for credentials are no S3 requests: they take no permit, so that a full cap can't keep the credentials away
/// that it waits for. They have their own time-outs, and a transport apart from the stores' is best: its queue is short.
package struct CredentialsSurroundings: Sendable {
    /// The process's environment.
    package var variables: [String: String]
    package var transport: Transport
    package var clock: ClientEnvironment
    /// Nil when there is no such file. Called on a thread that may block.
    package var readFile: @Sendable (_ path: String) -> [UInt8]?
    /// How long a `credential_process` may run.
    package var processTimeout: Duration = .seconds(60)
    /// How long each answer of the instance's metadata service is waited for. Nobody answers at its address outside of EC2.
    package var metadataTimeout: Duration = .seconds(1)

    package init(
        variables: [String: String], transport: Transport, clock: ClientEnvironment = .system,
        readFile: @escaping @Sendable (_ path: String) -> [UInt8]? = Self.readFromDisk
    ) {
        self.variables = variables
        self.transport = transport
        self.clock = clock
        self.readFile = readFile
    }

    package static let readFromDisk: @Sendable (_ path: String) -> [UInt8]? = { path in
        (try? Data(contentsOf: URL(filePath: path))).map { Array($0) }
    }

    /// An empty variable counts as not set, as the AWS tools have it.
    func variable(_ name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A small file that holds a token, read anew each time: those who hand tokens out exchange them. Nil when there is none.
    func token(at path: String) async -> String? {
        let text = await blocking { readFile(path).map { String(decoding: $0, as: UTF8.self) } }
        return text?.trimmingCharacters { $0.isWhitespace }
    }

    /// Runs what blocks on a thread of its own: those of the tasks stay free, and so do Dispatch's, which are the same.
    func blocking<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: work()) }
        }
    }

    /// Performs an exchange until it brings an answer that is worth reading, at most so often. A reply that says `later`
    /// (429, 5xx) is returned after the last attempt.
    ///
    /// - Parameter exchange: made anew for each attempt.
    func fetch(
        attempts: Int, _ exchange: () throws(CredentialsError) -> Exchange
    ) async throws(CredentialsError) -> Reply {
        var attempt = 1
        while true {
            let next = try exchange()
            do throws(TransportError) {
                let reply = try await transport.perform(next)
                if attempt == attempts || !(reply.status == 429 || reply.status >= 500) { return reply }
            } catch {
                if error.code == .cancelled { throw .cancelled }
                let isHopeless = error.code == .tls || error.code == .invalidRequest
                if isHopeless || attempt == attempts {
                    throw CredentialsError("no answer (\(error.message))", code: isHopeless ? .unavailable : .away)
                }
            }
            do {
                try await clock.sleep(.milliseconds(200 << min(attempt, 6)) * clock.jitter())
            } catch {
                throw .cancelled
            }
            attempt += 1
        }
    }
}

extension StringProtocol {
    /// Without what stands at both ends.
    func trimmingCharacters(where isTrimmed: (Character) -> Bool) -> String {
        var text = self[...]
        while let first = text.first, isTrimmed(first) { text.removeFirst() }
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return String(text)
    }
}
