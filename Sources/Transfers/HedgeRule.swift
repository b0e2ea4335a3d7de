/// When a part's request is so late that a second one for the same part is worth its price. Pure: for one store and one
/// size of parts, in seconds that the caller measures.
///
/// S3 answers an upload in about 0.2 s, and one in a thousand in 5 s (aws-c-s3, "s3_client.c").
///
///     answers of 0.2 s                      -> a second request after 1 s
///     nine of ten within 2 s                -> after 6 s
///     fewer than 20 answers, or 5 s on average -> none: nothing is known, or the way itself is slow
struct HedgeRule: Sendable {
    static let fewestSamples = 20
    /// Answers that are remembered.
    static let window = 64
    static let shortestPatience = 1.0
    /// Over the time within which nine of ten answers came.
    static let factor = 3.0
    static let slowestAverage = 5.0
    /// Second requests for each first one, at most.
    static let share = 0.02
    /// Of them at once, however long none was needed.
    static let mostAtOnce = 4.0

    private var samples: [Double] = []
    private var next = 0
    private var allowance = 1.0
    /// How long a request may take before a second one is sent; nil: none is.
    private(set) var patience: Double?

    init() {}

    /// A request for a part was answered so many seconds after it began, by whichever of two came first.
    mutating func ended(after seconds: Double) {
        allowance = min(Self.mostAtOnce, allowance + Self.share)
        if samples.count < Self.window {
            samples.append(seconds)
        } else {
            samples[next] = seconds
            next = (next + 1) % Self.window
        }
        patience = currentPatience()
    }

    /// Whether a second request may be sent now; it is counted.
    mutating func takeHedge() -> Bool {
        guard allowance >= 1 else { return false }
        allowance -= 1
        return true
    }

    /// The second request was not needed before it was sent.
    mutating func giveBackHedge() { allowance = min(Self.mostAtOnce, allowance + 1) }

    private func currentPatience() -> Double? {
        guard samples.count >= Self.fewestSamples,
            samples.reduce(0, +) / Double(samples.count) <= Self.slowestAverage
        else { return nil }
        let ninth = samples.sorted()[samples.count * 9 / 10]
        return max(Self.shortestPatience, Self.factor * ninth)
    }
}
