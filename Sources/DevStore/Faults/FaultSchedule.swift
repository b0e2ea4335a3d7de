import Model

/// Which rule a request gets: pure, so that a script's meaning can be tested without a server.
///
/// Every rule counts the requests that match it. The first rule in order that matches and is not used up takes the
/// request. Rules with `count` 1 are thus replies in order.
struct FaultSchedule: Sendable {
    struct Subject: Sendable {
        var operation: S3Operation
        var bucket: String
        var key: KeyBytes
        var partNumber: Int?
        var hasChecksum = false
    }

    private struct Entry: Sendable {
        let rule: FaultRule
        let glob: Glob?
        var matched = 0
        var used = 0
        var generator: FaultDice
        /// Of a throttle: when the next request may pass at the earliest, in seconds.
        var nextPass = -Double.infinity
    }

    private var entries: [Entry] = []
    private let isOrdered: Bool

    /// - Parameters:
    ///   - isOrdered: only the first rule that is not used up is looked at.
    ///   - seed: of the draws; the same seed and the same order of requests give the same draws.
    init(_ rules: [FaultRule], isOrdered: Bool = false, seed: UInt64 = 0) {
        self.isOrdered = isOrdered
        for (index, rule) in rules.enumerated() {
            entries.append(
                Entry(
                    rule: rule, glob: rule.key.flatMap(Glob.init),
                    generator: FaultDice(seed: seed &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15)))
        }
    }

    var isEmpty: Bool { entries.isEmpty }

    /// How often each rule has taken a request.
    var uses: [Int] { entries.map(\.used) }

    /// - Parameter now: seconds of any monotonic clock, for throttles.
    mutating func next(for subject: Subject, now: Double) -> FaultRule? {
        for index in entries.indices {
            let isUsedUp = entries[index].rule.count.map { entries[index].used >= $0 } ?? false
            if isUsedUp { continue }
            if let rule = take(index, subject, now) { return rule }
            if isOrdered { return nil }
        }
        return nil
    }

    private mutating func take(_ index: Int, _ subject: Subject, _ now: Double) -> FaultRule? {
        guard matches(entries[index], subject) else { return nil }
        entries[index].matched += 1
        let rule = entries[index].rule
        guard entries[index].matched >= rule.from else { return nil }
        if rule.probability < 1, entries[index].generator.nextFraction() >= rule.probability { return nil }
        if let rate = rule.throttlePerSecond {
            // One second's worth may come at once, then evenly: the virtual form of a token bucket.
            let start = max(entries[index].nextPass, now - 1)
            if start + 1 / rate <= now {
                entries[index].nextPass = start + 1 / rate
                return nil
            }
            entries[index].used += 1
            var refused = rule
            refused.error = refused.error ?? .init(status: 503, code: S3ErrorCode.slowDown.rawValue)
            return refused
        }
        entries[index].used += 1
        return rule
    }

    private func matches(_ entry: Entry, _ subject: Subject) -> Bool {
        let rule = entry.rule
        if let operation = rule.operation, operation != subject.operation { return false }
        if let bucket = rule.bucket, bucket != subject.bucket { return false }
        if let number = rule.partNumber, number != subject.partNumber { return false }
        if rule.withChecksum, !subject.hasChecksum { return false }
        if let prefix = rule.keyPrefix, !subject.key.bytes.starts(with: prefix.utf8) { return false }
        if let glob = entry.glob, !glob.matches(subject.key.bytes) { return false }
        return true
    }
}
