import Glibc
import Model

/// How fast requests to one store may begin once it has asked to slow down. Pure: time comes with each call.
///
/// Requests in flight would be the wrong measure: at a latency of 2 ms a single one is 500 requests a second. So it is a rate
/// that is kept, and learnt in rounds. A round counts the replies to requests that began in it, and ends once they say
/// enough:
///
/// - Refused up to one in twenty: the rate grows, slowly around what the store bore last and faster beyond it (the curve of
///   CUBIC, RFC 9438, section 4.1, on a scale of its own: it doesn't depend on the size of the rate).
/// - More: it falls to what was accepted, less a tenth. A store that takes 200 a second and gets 1,000 accepts a fifth.
/// - The same share at a quarter of the rate: the refusals are not of our making (a store that refuses 3 of 10 at random,
///   a partition that is being split), and more slowness would help nobody. The rate returns, and that share is borne for
///   10 s. A share above a half never is.
///
/// It begins without a limit, with a round that measures, and is over once nothing was refused for 20 s.
struct StoreRate: Sendable {
    /// From the last cut until the rate is again what the store bore.
    static let climb = 3.0
    /// Without a refusal for so long, in seconds, the store is taken for recovered.
    static let quiet = 20.0
    /// What late timers may make up for, in seconds.
    static let catchUp = 0.1
    /// Requests per second: a store that refuses everything is still asked.
    static let slowest = 1.0
    static let mostTolerated = 0.5
    static let toleratedFor = 10.0
    /// The least share of refusals that is answered by a lower rate.
    static let threshold = 0.05

    /// Cuts that follow one another: the rate before the first of them, and what was refused since.
    private struct Descent: Sendable {
        var perSecond: Double
        var replies = 0
        var refused = 0

        var share: Double { Double(refused) / Double(max(1, replies)) }

        func adding(replies: Int, refused: Int) -> Descent {
            Descent(perSecond: perSecond, replies: self.replies + replies, refused: self.refused + refused)
        }
    }

    /// Permits of this round and later ones count.
    private(set) var round: UInt64
    private var roundBegan: Double
    private var begun = 0
    private var replies = 0
    private var refused = 0

    /// What the store bore, in requests a second; infinite until that is known.
    private var plateau = Double.infinity
    /// When the rate was, or would have been, a tenth below the plateau.
    private var curveBegan = 0.0
    /// The last cut was deep, so that the plateau is a guess from few replies: once a round is clean the rate doubles each
    /// second, until something is refused again.
    private var isSearching = false
    private var searchBegan = Double.infinity
    /// Twice what was sent in the last round.
    private var ceiling = Double.infinity
    private var descent: Descent?
    /// Replies since the last share that was too high.
    private var cleanReplies = 0
    /// The share of refusals that is not of our making, and the replies that it was learnt from.
    private var tolerated = 0.0
    private var toleratedReplies = 0
    private var toleratedUntil = 0.0
    private var lastRefusal: Double
    private var pausedUntil = -Double.infinity
    private var nextStart = -Double.infinity

    /// - Parameters:
    ///   - round: the first that is counted; requests in flight now belong to earlier ones and say nothing new.
    ///   - now: in seconds, as everywhere here.
    init(round: UInt64, now: Double) {
        self.round = round
        roundBegan = now
        lastRefusal = now
    }

    // MARK: Starting requests

    /// Requests a second.
    ///
    ///     plateau 200  ->  180 after the cut, 194 after 1 s, 200 after 3 s, 220 after 6 s, 360 after 9 s, 740 after 12 s
    func perSecond(now: Double) -> Double {
        guard plateau.isFinite else { return .infinity }
        let curve: Double
        if isSearching {
            curve = 0.9 * exp2(now - min(now, searchBegan))
        } else {
            let x = (now - curveBegan) / Self.climb - 1
            curve = 1 + 0.1 * x * x * x
        }
        return max(Self.slowest, min(plateau * curve, max(ceiling, plateau)))
    }

    func mayStart(now: Double) -> Bool { now >= startTime }

    /// When the next request may begin at the earliest.
    var startTime: Double { max(nextStart, pausedUntil) }

    func isPaused(now: Double) -> Bool { now < pausedUntil }

    /// A request begins.
    mutating func start(now: Double) {
        begun += 1
        guard plateau.isFinite else { return }
        nextStart = max(nextStart, now - Self.catchUp) + 1 / perSecond(now: now)
    }

    // MARK: Replies

    func isOver(now: Double) -> Bool { now - lastRefusal >= Self.quiet && now >= pausedUntil }

    /// A request of the round has ended, whatever its outcome.
    /// - Returns: whether the round may end now; see `endRound`.
    mutating func reply(of round: UInt64, now: Double) -> Bool {
        guard round >= self.round else { return false }
        // Whether this one was refused is told a moment later, so that it is the next one that may end the round.
        if isDecided(now: now) { return true }
        replies += 1
        return false
    }

    /// The store refused a request, which `reply` has counted.
    /// - Parameter after: seconds that it asked for.
    mutating func refusal(of round: UInt64, after: Double?, now: Double) -> Bool {
        lastRefusal = now
        if let after { pausedUntil = max(pausedUntil, now + after) }
        guard round >= self.round else { return false }
        refused += 1
        return isDecided(now: now)
    }

    /// A quarter of a second's replies say enough, within bounds; sixteen refusals of twenty say it sooner.
    private func isDecided(now: Double) -> Bool {
        let enough = min(tolerated > 0 ? 400 : 100, max(8, perSecond(now: now) / 4))
        return Double(replies) >= enough || refused >= 16 && refused * 4 >= replies * 3
    }

    /// Draws the round's conclusion and begins the next one.
    mutating func endRound(next: UInt64, now: Double) {
        let sent = Double(begun) / max(now - roundBegan, 0.001)
        let share = min(1, Double(refused) / Double(max(1, replies)))
        judge(share: share, sent: sent, now: now)
        round = next
        roundBegan = now
        (begun, replies, refused) = (0, 0, 0)
    }

    private mutating func judge(share: Double, sent: Double, now: Double) {
        if now >= toleratedUntil { tolerated = 0 }
        ceiling = 2 * sent
        guard share > tolerated + max(Self.threshold, noise) else { return accept(share: share, now: now) }
        cleanReplies = 0
        let tried = min(perSecond(now: now), sent)
        // Of eight draws at 3 in 10 five come up by chance now and then; six hardly ever.
        if share > Self.mostTolerated, replies >= 16 || share >= 0.75 {
            (tolerated, descent) = (0, nil)
        } else {
            let descended = descent ?? Descent(perSecond: tried)
            if tried <= descended.perSecond / 4, descended.replies >= 25, share >= 0.6 * descended.share {
                return tolerate(descended, now: now)
            }
            descent = descended.adding(replies: replies, refused: refused)
        }
        // One eighth is the deepest cut: of few replies all may have been refused by chance.
        let accepted = 1 - min((share - tolerated) / (1 - tolerated), 0.875)
        plateau = max(Self.slowest, tried * accepted)
        curveBegan = now
        // What was not used at the former rate is no claim to begin at once now.
        nextStart = max(nextStart, now)
        let isStillSearching = isSearching && searchBegan == .infinity
        (isSearching, searchBegan) = (isStillSearching || share > Self.mostTolerated, .infinity)
    }

    /// Three standard deviations of the difference between this round's share and the one that is tolerated.
    private var noise: Double {
        guard tolerated > 0 else { return 0 }
        let draws = 1 / Double(max(1, replies)) + 1 / Double(max(1, toleratedReplies))
        return 3 * (tolerated * (1 - tolerated) * draws).squareRoot()
    }

    private mutating func accept(share: Double, now: Double) {
        // A lucky round of few replies is no proof that the lower rate has helped.
        searchBegan = min(searchBegan, now)
        cleanReplies += replies
        if cleanReplies >= 25 { descent = nil }
        if share < tolerated / 2 { tolerated /= 2 }
    }

    /// Slowing down has not helped.
    private mutating func tolerate(_ descended: Descent, now: Double) {
        let all = descended.adding(replies: replies, refused: refused)
        tolerated = min(Self.mostTolerated, all.share)
        toleratedReplies = all.replies
        toleratedUntil = now + Self.toleratedFor
        plateau = descended.perSecond
        ceiling = 2 * plateau
        curveBegan = now - Self.climb
        isSearching = false
        descent = nil
    }
}
