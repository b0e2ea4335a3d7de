import CurlTransport
import DevStore
import Foundation
import Glibc
import Testing

/// Faults and figures, seen by a client.
@Suite(.timeLimit(.minutes(2)))
struct FaultTests {
    private static let body = [UInt8](repeating: 7, count: 200_000)

    @Test func countsWhatIsHeldAndLetsItGo() async throws {
        try await withWorld(keepsBytes: false) { world in
            world.store.faults.set([FaultRule(.putObject, count: 5).silent(executes: true)])
            try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<5 {
                    group.addTask { try await world.call(.put, "k\(index)", body: [1]).status }
                }
                await world.store.faults.waitUntilHeld(5)
                let inFlight = world.store.statistics.inFlight
                #expect(inFlight.now == 5 && inFlight.highest == 5)
                #expect(world.store.statistics.buckets[TestWorld.bucket]?.now == 5)
                world.store.faults.release()
                for try await status in group { #expect(status == 200) }
            }
            let statistics = world.store.statistics
            #expect(statistics.inFlight.now == 0 && statistics.count(.putObject) == 5)
            #expect(statistics.bytesReceived == 5)
        }
    }

    @Test func errorsAreAnsweredAndNothingIsDone() async throws {
        try await withWorld { world in
            world.store.faults.set([FaultRule(.putObject, count: 1).failing(503, "SlowDown")])
            let reply = try await world.call(.put, "a", body: Self.body)
            #expect(reply.status == 503 && reply.code == "SlowDown")
            #expect(try await world.call(.head, "a").status == 404)
            #expect(world.store.statistics.errors == ["SlowDown": 1, "NoSuchKey": 1])
        }
    }

    @Test func anErrorBringsItsHeaders() async throws {
        try await withWorld { world in
            var rule = FaultRule(.putObject, count: 1)
            rule.error = .init(
                status: 301, code: "PermanentRedirect", headers: ["x-amz-bucket-region": "eu-west-1"])
            world.store.faults.set([rule])
            let reply = try await world.call(.put, "a", body: [1])
            #expect(reply.status == 301 && reply.headers["x-amz-bucket-region"] == "eu-west-1")
        }
    }

    @Test func aClockThatIsOffIsToldAndKept() async throws {
        try await withWorld(configure: { $0.clockOffset = .seconds(1_200) }) { world in
            let reply = try await world.call(.put, "a", body: [1])
            #expect(reply.status == 403 && reply.code == "RequestTimeTooSkewed")
            #expect(reply.headers.fields.count { $0.name.lowercased() == "date" } == 1)
            #expect(try await world.call(.put, "a", body: [1], clockOffset: 1_200).status == 200)
        }
    }

    @Test(arguments: [true, false])
    func aResetLeavesNoAnswer(executes: Bool) async throws {
        try await withWorld { world in
            world.store.faults.set([FaultRule(.putObject, count: 1).resetting(executes: executes)])
            let failure = await #expect(throws: TransportError.self) {
                try await world.call(.put, "a", body: Self.body)
            }
            #expect(failure?.code == .reset)
            let status = try await world.call(.head, "a").status
            #expect(status == (executes ? 200 : 404))
            #expect(world.store.statistics.inFlight.now == 0)
        }
    }

    @Test func anAnswerIsCutAfterItsBytes() async throws {
        try await withWorld { world in
            try await world.call(.put, "a", body: Self.body)
            world.store.faults.set([FaultRule(.getObject, count: 1).cut(afterBytes: 150_000)])
            let failure = await #expect(throws: TransportError.self) { try await world.call(.get, "a") }
            #expect(failure?.code == .truncated)
            #expect(try await world.call(.get, "a").body == Self.body)
        }
    }

    @Test func anAnswerDripsWhole() async throws {
        try await withWorld { world in
            try await world.call(.put, "a", body: Self.body)
            world.store.faults.set([FaultRule(.getObject, count: 1).dripping(bytes: 30_000, everyMilliseconds: 1)])
            let reply = try await world.call(.get, "a")
            #expect(reply.body == Self.body && reply.headers["content-length"] == "200000")
            #expect(world.store.statistics.inFlight.now == 0)
        }
    }

    @Test func anErrorMayComeWithinASuccess() async throws {
        try await withWorld { world in
            let upload = try await world.createUpload("a")
            let etag = try await world.sendPart(1, [1], of: "a", upload: upload)
            world.store.faults.set([
                FaultRule(.completeMultipartUpload, count: 1).failing(200, "InternalError")
                    .whitespace(count: 3, everyMilliseconds: 1)
            ])
            let refused = try await world.complete("a", upload: upload, [(1, etag)])
            #expect(refused.status == 200 && refused.code == "InternalError" && refused.text.contains("\n   <Error>"))
            #expect(try await world.complete("a", upload: upload, [(1, etag)]).element("ETag").hasSuffix("-1&quot;"))
        }
    }

    /// The bound above is wide because a busy machine may be slow; below, not a microsecond is given away.
    @Test func latencyIsKeptByManyAtOnce() async throws {
        try await withWorld(keepsBytes: false) { world in
            try await world.call(.put, "warm", body: [1])
            world.store.faults.latency = .milliseconds(20)
            let durations = try await withThrowingTaskGroup(of: Duration.self) { group in
                for index in 0..<256 {
                    group.addTask { try await world.call(.put, "k\(index)", body: [1]).duration }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(durations.count == 256 && durations.allSatisfy { $0 >= .milliseconds(20) })
            #expect(world.store.statistics.inFlight.highest > 1)
            #expect(durations.allSatisfy { $0 < .seconds(20) })
        }
    }

    @Test func aClientThatLeavesIsCountedAndLeavesNothing() async throws {
        try await withWorld(configure: { $0.credentials = nil }) { world in
            try Self.sendHalfABody(port: world.store.port, path: "/\(TestWorld.bucket)/a", size: 1 << 20)
            await world.store.wait { $0.abandoned == 1 }
            #expect(world.store.statistics.inFlight.now == 0)
            #expect(world.dataFiles.isEmpty)
            #expect(try await world.call(.head, "a").status == 404)
        }
    }

    @Test func anotherProcessScriptsFaults() async throws {
        try await withWorld { world in
            let script = """
                {"rules": [{"operation": "PutObject", "key_prefix": "bad/", "error": {"status": 500, "code": "InternalError"}}],
                 "seed": 3, "latency_ms": 1.5}
                """
            #expect(try await world.control(.post, "faults", body: script).status == 204)
            #expect(world.store.faults.latency == .microseconds(1500))
            #expect(try await world.call(.put, "bad/1", body: [1]).code == "InternalError")
            #expect(try await world.control(.get, "faults").text == #"{"held":0,"uses":[1]}"#)
            let told = try await world.control(.get, "stats?reset").text
            #expect(told.contains(#""requests":{"PutObject":1}"#))
            #expect(world.store.statistics.requests.isEmpty)
            #expect(try await world.control(.delete, "faults").status == 204)
            #expect(try await world.call(.put, "bad/1", body: [1]).status == 200)
            for broken in ["{", #"{"rules": [{"operation": "Nonsense"}]}"#, #"{"rules": [{"key": "[a"}]}"#] {
                #expect(try await world.control(.post, "faults", body: broken).status == 400)
            }
            #expect(try await world.control(.get, "nothing").status == 404)
        }
    }

    @Test func stoppingEndsWhatIsHeld() async throws {
        let world = try TestWorld(keepsBytes: false)
        world.store.faults.set([FaultRule(.getObject).silent(), FaultRule(.putObject).delayed(milliseconds: 600_000)])
        let held = Task { try await world.call(.get, "a") }
        let delayed = Task { try await world.call(.put, "a", body: [1]).status }
        await world.store.wait { $0.inFlight.now == 2 }
        await world.store.stop(grace: .seconds(10))
        #expect(try await delayed.value == 200)
        await #expect(throws: TransportError.self) { _ = try await held.value }
        await world.close()
    }

    /// Sends the head of a PUT and half its body, and closes.
    private static func sendHalfABody(port: UInt16, path: String, size: Int) throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0)
        let head = "PUT \(path) HTTP/1.1\r\nHost: h\r\nContent-Length: \(size)\r\n\r\n"
        let bytes = Array(head.utf8) + [UInt8](repeating: 1, count: size / 2)
        let sent = unsafe bytes.withUnsafeBytes { unsafe send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        try #require(sent == bytes.count)
    }
}
