internal import Synchronization

/// How long something took, sorted into buckets: from any thread, without a lock or an allocation.
package struct Histogram: ~Copyable, Sendable {
    /// The upper bounds of the buckets, at most `Histogram.mostBounds` of them; above the last there is one without a
    /// bound.
    package struct Bounds: Sendable {
        let inMicroseconds: [Int64]
        /// As `le` shows them, in seconds.
        let texts: [String]

        /// - Parameter seconds: growing.
        init(_ seconds: [Double]) {
            precondition(seconds.count <= mostBounds && seconds == seconds.sorted(), "bounds \(seconds)")
            inMicroseconds = seconds.map { Int64($0 * 1_000_000) }
            texts = seconds.map(Exposition.text)
        }

        /// One exchange with a server.
        package static let exchanges = Bounds([
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
        ])
        /// A transaction of the state.
        package static let commits = Bounds([
            0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5,
        ])
        /// A job, or its wait.
        package static let jobs = Bounds([0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400])
    }

    package static let mostBounds = 15

    let bounds: Bounds
    private let buckets = InlineArray<16, Counter> { _ in Counter() }
    private let sumInMicroseconds = Counter()

    package init(_ bounds: Bounds) { self.bounds = bounds }

    /// A negative span, as a clock that was set back makes, counts as none.
    package func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let microseconds = max(0, seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
        var index = 0
        while index < bounds.inMicroseconds.count, microseconds > bounds.inMicroseconds[index] { index += 1 }
        buckets[index].add()
        sumInMicroseconds.add(Int(microseconds))
    }

    package var count: Int {
        var count = 0
        for index in buckets.indices { count += buckets[index].value }
        return count
    }

    var sumInSeconds: Double { Double(sumInMicroseconds.value) / 1_000_000 }

    /// In the bucket of this index alone.
    func count(at index: Int) -> Int { buckets[index].value }
}
