import Model
import S3Client
import SigV4
import Support
import Synchronization
import Testing

/// Renewals: when, how often, and what becomes of those that fail.
@Suite(.timeLimit(.minutes(5))) struct CredentialsProviderTests {
    private let manual = ManualEnvironment(jitter: 0)

    private func key(_ provider: CredentialsProvider) async throws(CredentialsError) -> String {
        try await provider.signer(region: "us-east-1", now: manual.time).credentials.accessKeyID
    }

    /// Asks until a renewal that runs aside has been heard of.
    private func key(_ provider: CredentialsProvider, becomes expected: String) async throws {
        while try await key(provider) != expected {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test func ofAHundredThatAskAtOnceOneLoads() async throws {
        let source = ScriptedSource([.key("ONE", lifetime: 3600)])
        source.hold()
        let provider = CredentialsProvider([source], clock: manual.environment)
        let (asking, mark) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    mark.yield()
                    return try await key(provider)
                }
            }
            var asked = 0
            for await _ in asking {
                asked += 1
                if asked == 100 { break }
            }
            await source.holds()
            source.release()
            for try await found in group { #expect(found == "ONE") }
        }
        #expect(source.loads == 1)
    }

    @Test func inTheAdvisoryTimeOthersGoOnWithTheOldOnes() async throws {
        let source = ScriptedSource([.key("ONE", lifetime: 3600), .key("TWO", lifetime: 7200)])
        let provider = CredentialsProvider([source], clock: manual.environment)
        #expect(try await key(provider) == "ONE")
        manual.advance(by: .seconds(2699))
        #expect(try await key(provider) == "ONE" && source.loads == 1)
        manual.advance(by: .seconds(1))
        source.hold()
        for _ in 0..<20 { #expect(try await key(provider) == "ONE") }
        await source.holds()
        source.release()
        try await key(provider, becomes: "TWO")
        #expect(source.loads == 2)
    }

    @Test func inTheMandatoryTimeEveryoneWaits() async throws {
        let source = ScriptedSource([.key("ONE", lifetime: 3600), .key("TWO", lifetime: 7200)])
        let provider = CredentialsProvider([source], clock: manual.environment)
        #expect(try await key(provider) == "ONE")
        manual.advance(by: .seconds(3000))
        #expect(try await key(provider) == "TWO" && source.loads == 2)
    }

    @Test func aFailureBeforeTheEndIsToldAndHarmsNobody() async throws {
        let heard = Mutex<[String]>([])
        let source = ScriptedSource([
            .key("ONE", lifetime: 3600), .failure("out of order"), .failure("out of order"),
            .key("TWO", lifetime: 9000),
        ])
        let provider = CredentialsProvider([source], clock: manual.environment) { error in
            heard.withLock { $0.append(error.message) }
        }
        #expect(try await key(provider) == "ONE")
        manual.advance(by: .seconds(3000))
        #expect(try await key(provider) == "ONE")
        #expect(heard.withLock { $0 } == ["the test: out of order"])
        // For 30 s nobody asks again, then somebody does, aside.
        manual.advance(by: .seconds(29))
        #expect(try await key(provider) == "ONE" && source.loads == 2)
        manual.advance(by: .seconds(1))
        while heard.withLock({ $0.count }) < 2 {
            try Task.checkCancellation()
            #expect(try await key(provider) == "ONE")
            await Task.yield()
        }
        manual.advance(by: .seconds(30))
        try await key(provider, becomes: "TWO")
        #expect(source.loads == 4)
    }

    @Test func whenTheyAreOverAFailureMayPass() async throws {
        let source = ScriptedSource([.key("ONE", lifetime: 3600), .failure("gone"), .key("TWO", lifetime: 9000)])
        let provider = CredentialsProvider([source], clock: manual.environment)
        #expect(try await key(provider) == "ONE")
        manual.advance(by: .seconds(3600))
        await #expect(throws: CredentialsError("the test: gone", code: .away)) { try await key(provider) }
        #expect(try await key(provider) == "TWO")
    }

    @Test func whoAnsweredIsAskedAlone() async throws {
        let first = ScriptedSource([.nothing, .key("FOREIGN")], name: "first")
        let second = ScriptedSource([.key("ONE", lifetime: 3600), .nothing], name: "second")
        let provider = CredentialsProvider([first, second], clock: manual.environment)
        #expect(try await key(provider) == "ONE")
        // Nothing more there is a failure while the old ones hold ...
        manual.advance(by: .seconds(3000))
        #expect(try await key(provider) == "ONE" && first.loads == 1)
        // ... and when they are over all are asked.
        manual.advance(by: .seconds(600))
        #expect(try await key(provider) == "FOREIGN" && first.loads == 2)
    }

    @Test func manyRefusalsLeadToOneRenewal() async throws {
        let source = ScriptedSource([.key("ONE"), .key("TWO")])
        let provider = CredentialsProvider([source], clock: manual.environment)
        let old = try await provider.signer(region: "us-east-1", now: manual.time).credentials
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    #expect(provider.refuse(old, now: manual.time))
                    return try await key(provider)
                }
            }
            for try await found in group { #expect(found == "TWO") }
        }
        #expect(source.loads == 2)
    }

    @Test func refusedOnesThatComeBackAreNotAskedForAgainAtOnce() async throws {
        let source = ScriptedSource([.key("ONE")])
        let provider = CredentialsProvider([source], clock: manual.environment)
        let old = try await provider.signer(region: "us-east-1", now: manual.time).credentials
        #expect(provider.refuse(old, now: manual.time))
        #expect(try await key(provider) == "ONE" && source.loads == 2)
        #expect(!provider.refuse(old, now: manual.time))
        #expect(try await key(provider) == "ONE" && source.loads == 2)
        manual.advance(by: .seconds(30))
        #expect(provider.refuse(old, now: manual.time))
        #expect(try await key(provider) == "ONE" && source.loads == 3)
    }

    @Test func cancellingWhoWaitsHarmsNobody() async throws {
        let source = ScriptedSource([.key("ONE")])
        source.hold()
        let provider = CredentialsProvider([source], clock: manual.environment)
        let cancelled = Task { try await key(provider) }
        await source.holds()
        let other = Task { try await key(provider) }
        cancelled.cancel()
        await #expect(throws: CredentialsError.self) { try await cancelled.value }
        source.release()
        #expect(try await other.value == "ONE" && source.loads == 1)
    }

    @Test func anInstanceGoesOnWhileItsMetadataIsDown() async throws {
        let source = ScriptedSource(
            [
                .key("ONE", lifetime: 3600), .nothing, .nothing, .nothing, .key("ENDED", lifetime: 3600),
                .key("TWO", lifetime: 90_000),
            ], isStable: true)
        let heard = Mutex(0)
        let provider = CredentialsProvider([source], clock: manual.environment) { _ in heard.withLock { $0 += 1 } }
        func fails(_ count: Int) async throws {
            while heard.withLock({ $0 }) < count {
                try Task.checkCancellation()
                #expect(try await key(provider) == "ONE")
                await Task.yield()
            }
        }
        #expect(try await key(provider) == "ONE")
        // Down from 10 minutes before the end until 5 minutes after it.
        manual.advance(by: .seconds(3000))
        try await fails(1)
        manual.advance(by: .seconds(300))
        try await fails(2)
        manual.advance(by: .seconds(600))
        try await fails(3)
        // Back, and at first with what has ended: used all the same, and asked for again after 17 minutes.
        manual.advance(by: .seconds(30))
        try await key(provider, becomes: "ENDED")
        manual.advance(by: .seconds(1019))
        #expect(try await key(provider) == "ENDED" && source.loads == 5)
        manual.advance(by: .seconds(1))
        try await key(provider, becomes: "TWO")
        #expect(heard.withLock { $0 } == 3 && source.loads == 6)
    }

    @Test func aSourceThatIsAwayIsWaitedForByRequests() async throws {
        let source = ScriptedSource([
            .key("ONE"), .failure("gone"), .failure("gone"), .key("TWO"),
        ])
        let test = try TestClient(
            [.failing(400, "ExpiredToken"), .stored], credentials: CredentialsProvider([source]))
        _ = try await test.put()
        #expect(source.loads == 4 && test.manual.waits == [.milliseconds(100), .milliseconds(200)])
        #expect(test.desk.held == 0 && test.server.requests.count == 2)
    }
}
