import Support
import Testing

@testable import Files
@testable import Scheduling

@Suite(.timeLimit(.minutes(5))) struct PlaceCounterTests {
    @Test func placesAreNeverMoreThanThereAre() async {
        let dice = SeededGenerator()
        let places = PlaceCounter(places: 3)
        let tide = Tide()
        await withTaskGroup { group in
            for index in 0..<500 {
                var own = SeededGenerator(seed: dice.seed &+ UInt64(index))
                let (yields, givesUp) = (Int.random(in: 0...4, using: &own), Int.random(in: 0...5, using: &own) == 0)
                group.addTask {
                    await withTaskGroup { attempt in
                        attempt.addTask {
                            guard (try? await places.take()) != nil else { return }
                            tide.rise()
                            for _ in 0..<yields { await Task.yield() }
                            tide.fall()
                            places.giveBack()
                        }
                        if givesUp { attempt.cancelAll() }
                        await attempt.waitForAll()
                    }
                }
            }
        }
        #expect(tide.most == 3, "seed \(dice.seed)")
        // All have come back: as many as there are can be taken at once, and one more waits.
        for _ in 0..<3 { await #expect(throws: Never.self) { try await places.take() } }
        await withTaskGroup { group in
            group.addTask { await #expect(throws: CancellationError.self) { try await places.take() } }
            group.cancelAll()
            await group.waitForAll()
        }
    }

    @Test func whoCameFirstIsServedFirst() async throws {
        let places = PlaceCounter(places: 1)
        try await places.take()
        let (served, told) = AsyncStream.makeStream(of: Int.self)
        await withTaskGroup { group in
            for number in 0..<5 {
                group.addTask {
                    guard (try? await places.take()) != nil else { return }
                    told.yield(number)
                    places.giveBack()
                }
                while places.waiting <= number { await Task.yield() }
            }
            places.giveBack()
            await group.waitForAll()
            told.finish()
        }
        var order: [Int] = []
        for await number in served { order.append(number) }
        #expect(order == [0, 1, 2, 3, 4])
    }

    @Test func morePlacesWakeAndFewerTakeEffectAsTheyComeBack() async throws {
        let places = PlaceCounter(places: 2)
        try await places.take()
        try await places.take()
        places.set(places: 1)
        places.giveBack()
        await withTaskGroup { group in
            group.addTask { await #expect(throws: Never.self) { try await places.take() } }
            while places.waiting < 1 { await Task.yield() }
            places.set(places: 2)
            await group.waitForAll()
        }
        places.giveBack()
        places.giveBack()
    }
}
