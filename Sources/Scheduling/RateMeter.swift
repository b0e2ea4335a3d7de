import Model

/// Bytes per second over the last five seconds, from samples that someone takes twice a second.
struct RateMeter: Sendable {
    private struct Sample {
        var time: ContinuousClock.Instant
        var bytes: Int64
    }

    private static let window: Duration = .seconds(5)
    private var samples: [Sample] = []

    mutating func sample(bytes: Int64, at time: ContinuousClock.Instant) {
        samples.append(Sample(time: time, bytes: bytes))
        while samples.count > 2, samples[1].time + Self.window < time { samples.removeFirst() }
    }

    /// 0 until there are two samples. A repeated request takes its bytes back, so a short window can fall below zero:
    /// that is 0, too.
    var bytesPerSecond: Int64 {
        guard let first = samples.first, let last = samples.last, last.time > first.time else { return 0 }
        let seconds = (last.time - first.time).inSeconds
        return max(0, Int64(Double(last.bytes - first.bytes) / seconds))
    }
}
