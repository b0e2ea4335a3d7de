import SigV4
import Testing

@testable import S3Client

/// When credentials are asked for anew. No network, no clock.
@Suite struct CredentialsLeaseTests {
    private static let end: Int64 = 1_000_000

    private func lease(lifetime: Int64?, isStable: Bool = false, jitter: Double = 0.5) -> CredentialsLease {
        CredentialsLease(
            Credentials(
                accessKeyID: "a", secretAccessKey: "b",
                expiration: lifetime.map { _ in SigningTime(secondsSince1970: Self.end) }),
            at: SigningTime(secondsSince1970: Self.end - (lifetime ?? 0)), isStable: isStable, jitter: jitter)
    }

    /// Seconds before the end; negative after it.
    private func at(_ left: Int64) -> SigningTime { SigningTime(secondsSince1970: Self.end - left) }

    @Test(
        arguments: [
            (lifetime: 43_200, advisory: 900, mandatory: 600), (3600, 900, 600), (900, 225, 150), (60, 15, 10),
            (6, 1, 1), (1, 0, 0),
        ] as [(lifetime: Int64, advisory: Int64, mandatory: Int64)])
    func theWindowsOpenBeforeTheEnd(lifetime: Int64, advisory: Int64, mandatory: Int64) {
        let lease = lease(lifetime: lifetime)
        #expect(lease.need(at: at(lifetime)) == .rest && lease.need(at: at(advisory + 1)) == .rest)
        #expect(lease.need(at: at(advisory)) == (advisory == mandatory ? .renewFirst : .renewAside))
        #expect(lease.need(at: at(mandatory)) == .renewFirst)
        #expect(lease.isUsable(at: at(1)) && !lease.isUsable(at: at(0)))
    }

    @Test func thoseWithoutAnEndRest() {
        let lease = lease(lifetime: nil)
        #expect(lease.need(at: SigningTime(secondsSince1970: .max - 1)) == .rest)
    }

    @Test func aFailureIsTriedAgainAsideUntilTheEnd() {
        var lease = lease(lifetime: 3600)
        lease.renewalFailed(at: at(600), jitter: 0.5)
        #expect(lease.need(at: at(556)) == .rest && lease.need(at: at(555)) == .renewAside)
        #expect(lease.need(at: at(1)) == .renewAside && lease.need(at: at(0)) == .renewFirst)
        // Near the end there is less time for a pause.
        lease.renewalFailed(at: at(40), jitter: 0.5)
        #expect(lease.need(at: at(31)) == .rest && lease.need(at: at(30)) == .renewAside)
        // Over and not to be had: nobody may use them.
        lease.renewalFailed(at: at(-5), jitter: 0.5)
        #expect(lease.need(at: at(-6)) == .renewFirst && !lease.isUsable(at: at(-6)))
    }

    @Test func stableOnesOutliveTheirEnd() {
        var lease = lease(lifetime: 3600, isStable: true)
        lease.renewalFailed(at: at(-5), jitter: 0)
        #expect(lease.isUsable(at: at(-10_000)) && lease.need(at: at(-34)) == .rest)
        #expect(lease.need(at: at(-35)) == .renewAside && lease.need(at: at(-10_000)) == .renewAside)
    }

    @Test(arguments: [(true, 0.0, 1020), (true, 1.0, 1500), (false, 0.0, 30), (false, 1.0, 60)])
    func thoseThatHadEndedWhenTheyCameAreUsedAndAskedForLater(isStable: Bool, jitter: Double, pause: Int64) {
        let lease = lease(lifetime: -100, isStable: isStable, jitter: jitter)
        #expect(lease.isUsable(at: at(-100)) && lease.need(at: at(-100 - pause + 1)) == .rest)
        #expect(lease.need(at: at(-100 - pause)) == .renewAside && lease.isUsable(at: at(-100_000)))
    }

    @Test func refusedOnesAreOver() {
        var lease = lease(lifetime: 3600, isStable: true)
        lease.refuse()
        #expect(lease.need(at: at(3600)) == .renewFirst && !lease.isUsable(at: at(3600)))
        lease.renewalFailed(at: at(3600), jitter: 0)
        #expect(lease.need(at: at(3599)) == .renewFirst)
    }
}
