import Testing

@testable import Files

@Suite(.timeLimit(.minutes(5))) struct DestinationSyncTests {
    @Test func whoeverAsksIsAnsweredHoweverManyAskAtOnce() async throws {
        let tree = TestTree()
        let readers = try ReaderPool(threads: 2)
        let sync = DestinationSync(try tree.roots().openDestination(tree.root), readers: readers)
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<200 {
                group.addTask {
                    for _ in 0..<3 { try await sync.synchronize() }
                }
            }
        }
        await readers.stop()
    }

    @Test func aStopIsToldToEverybodyWhoWaits() async throws {
        let tree = TestTree()
        let readers = try ReaderPool(threads: 1)
        let sync = DestinationSync(try tree.roots().openDestination(tree.root), readers: readers)
        await readers.stop()
        let codes = await withTaskGroup { group in
            for _ in 0..<10 {
                group.addTask { () async -> FileErrorCode? in
                    do throws(FileError) {
                        try await sync.synchronize()
                        return nil
                    } catch {
                        return error.code
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes == Array(repeating: .stopped, count: 10))
    }
}
