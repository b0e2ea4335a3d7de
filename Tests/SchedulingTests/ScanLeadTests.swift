import Testing

@testable import Scheduling

@Suite(.timeLimit(.minutes(5))) struct ScanLeadTests {
    @Test func aScanWaitsUntilEnoughHasBegun() async throws {
        let lead = ScanLead(most: 10, ahead: 0)
        #expect(try await lead.mayGrow())
        lead.found(11)
        async let grows = lead.mayGrow()
        lead.began()
        #expect(lead.ahead == 10)
        lead.began()
        #expect(try await grows && lead.ahead == 9)
    }

    @Test func aLeadOfNothingHoldsNobody() async throws {
        let lead = ScanLead(most: 10, ahead: 500)
        async let grows = lead.mayGrow()
        lead.isGone(499)
        #expect(try await grows && lead.ahead == 1)
        lead.isGone(2)
        #expect(lead.ahead == 0)
        lead.began()
        #expect(lead.ahead == 0)
    }

    @Test func aCancelledScanWaitsNoLonger() async {
        let lead = ScanLead(most: 1, ahead: 1)
        await withTaskGroup { group in
            group.addTask { await #expect(throws: CancellationError.self) { _ = try await lead.mayGrow() } }
            group.cancelAll()
            await group.waitForAll()
        }
    }

    @Test func aTreeIsScannedToItsEnd() async throws {
        let lead = ScanLead(most: nil, ahead: 1_000_000)
        #expect(try await lead.mayGrow())
    }
}
