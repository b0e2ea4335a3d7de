import Model
import Transfers

/// What to do about uploads that a store lists at a key where the reply to CreateMultipartUpload was lost: by a crash, a
/// cut request or a broken connection. Pure.
///
/// An upload is aborted only if it can be nothing but ours: the ledger does not know it, it was initiated within the
/// window of a lost creation by the store's clock, nothing was sent to it, and no more such uploads are there than
/// creations were lost. Whatever else might be ours is left to a person. What can't be ours is not looked at.
struct OrphanRule {
    /// What a window is widened by on both sides: the store tells its time, and mostly the time of an upload too, in whole
    /// seconds; machines of one store differ by some more; and the request takes its time.
    static let margin = Duration.seconds(5)
    /// A signature is refused when it is older, or newer, by the store's clock (AWS user guide, "Authenticating Requests":
    /// 15 minutes). So a creation can't be carried out later than this after the last moment at which it was signed, and
    /// clocks that talk to each other at all differ by no more.
    static let signatureLife = Duration.seconds(900)

    /// A creation whose reply nobody has.
    struct Lost: Hashable {
        var id: Int64
        /// Before the first request.
        var createTime: Timestamp
        /// After the last one was signed.
        var lostTime: Timestamp
    }

    struct Candidate: Hashable {
        var upload: UploadID
        /// By the store's clock; nil when it can't be read.
        var initiated: Timestamp?
        /// Nil: not looked at yet.
        var hasParts: Bool?
    }

    enum Verdict: Hashable {
        /// Whether these have parts must be known first.
        case look([UploadID])
        case decided(Finding)
    }

    struct Finding: Hashable {
        /// Uploads to abort, and which creation each of them came of.
        var aborts: [UploadID: Int64] = [:]
        /// Uploads to leave to a person.
        var suspects: [UploadID] = []
        var reason = ""
        /// Creations of which nothing came and nothing can come any more.
        var over: [Int64] = []
    }

    /// When it was asked, by our clock.
    var now: Timestamp
    /// The same moment by the store's; nil when it does not tell.
    var storeTime: Timestamp?

    /// - Parameters:
    ///   - lost: at this key.
    ///   - candidates: uploads at this key that the ledger does not know.
    func decide(_ lost: [Lost], _ candidates: [Candidate]) -> Verdict {
        let suspects = candidates.filter { candidate in
            guard let initiated = candidate.initiated else { return true }
            return lost.contains { spans($0, initiated, widenedBy: Self.signatureLife) }
        }
        var finding = Finding()
        if !suspects.isEmpty {
            if let matched = match(lost, suspects) {
                let unseen = suspects.filter { $0.hasParts == nil }
                if !unseen.isEmpty { return .look(unseen.map(\.upload)) }
                if suspects.allSatisfy({ $0.hasParts == false }) { finding.aborts = matched }
            }
            if finding.aborts.isEmpty {
                finding.suspects = suspects.map(\.upload)
                finding.reason = reason(lost, suspects)
            }
        }
        let taken = Set(finding.aborts.values)
        finding.over = lost.filter { !taken.contains($0.id) && isOver($0) }.map(\.id)
        return .decided(finding)
    }

    /// Each candidate with a creation of its own in whose window it lies; nil when there are not enough.
    ///
    /// Earliest first, to the window that ends first: if there is a way to serve all, this is one.
    private func match(_ lost: [Lost], _ candidates: [Candidate]) -> [UploadID: Int64]? {
        var free = lost.sorted { ($0.lostTime, $0.id) < ($1.lostTime, $1.id) }
        var matched: [UploadID: Int64] = [:]
        let timed = candidates.compactMap { candidate in candidate.initiated.map { (candidate.upload, $0) } }
        guard timed.count == candidates.count else { return nil }
        for (upload, initiated) in timed.sorted(by: { $0.1 < $1.1 }) {
            guard let index = free.firstIndex(where: { spans($0, initiated, widenedBy: Self.margin) }) else {
                return nil
            }
            matched[upload] = free.remove(at: index).id
        }
        return matched
    }

    private func spans(_ lost: Lost, _ initiated: Timestamp, widenedBy margin: Duration) -> Bool {
        let skew = storeTime.map { $0.since(now) } ?? .zero
        return initiated >= lost.createTime.advanced(by: skew - margin)
            && initiated <= lost.lostTime.advanced(by: skew + margin)
    }

    /// By both clocks: whichever of them the signature was made by.
    private func isOver(_ lost: Lost) -> Bool {
        min(now, storeTime ?? now) >= lost.lostTime.advanced(by: Self.signatureLife + Self.margin)
    }

    private func reason(_ lost: [Lost], _ suspects: [Candidate]) -> String {
        if suspects.contains(where: { $0.hasParts == true }) {
            return "it was created when ours was, and has parts, which we did not send"
        }
        let isTimely = suspects.allSatisfy { suspect in
            suspect.initiated.map { time in lost.contains { spans($0, time, widenedBy: Self.margin) } } ?? false
        }
        if !isTimely { return "the time of its creation is near to that of one of ours whose reply was lost" }
        return "\(suspects.count) uploads of the key were created when the reply to one of ours was lost"
    }
}
