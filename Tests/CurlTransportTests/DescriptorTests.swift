import CurlTransport
import Foundation
import Support
import Testing

/// In a process of its own, where nobody else opens descriptors.
struct DescriptorTests {
    @Test(.timeLimit(.minutes(5))) func leavesNoDescriptorBehind() async {
        await #expect(processExitsWith: .success) {
            let server = try ScriptedServer(otherwise: .ok(pattern(1000)))
            let mute = try ScriptedServer(otherwise: .silence)
            var expected = 0
            for round in 1...5 {
                try await Self.exercise(server, mute, round: round)
                await server.drains(server.connections)
                await mute.drains(round * 3)
                if round == 1 { expected = try Self.openDescriptors() }
            }
            // The first round opens what stays: the runtime's own and the resolver's configuration. A task may hold its
            // transport a moment longer than its value takes to arrive; what leaks stays, and then the time limit ends this.
            while try Self.openDescriptors() > expected { await Task.yield() }
        }
    }

    /// Replies, failures, a time-out, a cancel and a stop.
    private static func exercise(_ server: ScriptedServer, _ mute: ScriptedServer, round: Int) async throws {
        try await withTransport(loops: 2) { transport in
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    let body = Exchange.Body.bytes(pattern(index * 10_000))
                    let exchange = Exchange(method: .put, url: server.url("/"), body: body)
                    group.addTask { _ = await error(of: exchange, over: transport) }
                }
            }
            let silent = Exchange(method: .get, url: mute.url("/"), responseTimeout: .milliseconds(50))
            #expect(await error(of: silent, over: transport)?.code == .timeout)
            let open = Exchange(method: .get, url: mute.url("/"))
            let cancelled = Task { await error(of: open, over: transport) }
            await mute.receives(round * 3 - 1)
            cancelled.cancel()
            #expect(await cancelled.value?.code == .cancelled)
            let stopped = Task { await error(of: open, over: transport) }
            await mute.receives(round * 3)
            await transport.stop()
            #expect(await stopped.value?.code == .stopped)
        }
    }

    private static func openDescriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }
}
