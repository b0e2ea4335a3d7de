import Files
import Logging
import Model
import Storage
import Transfers

/// Does away with the multipart uploads that nobody goes on with: those whose abort could not be confirmed, and those
/// that may have come of a creation whose reply was lost. It repeats until the store has answered, with growing pauses,
/// whether the job has ended or was deleted; the ledger tells a new process what an old one has left.
struct UploadSweep: Sendable {
    /// What one key, or one upload, may take at the store before its turn is over.
    private static let turn = Duration.seconds(30)
    /// Requests of the sweep in flight, and turns side by side.
    private static let width = 4
    private static let page = 1_000

    let store: JobStore
    let clients: [StoreName: TransferClient]
    let permits: PermitPool
    let table: RunTable
    let now: @Sendable () -> Timestamp
    let logger: Logger
    let tries: SweepTable
    let bell = Bell()

    /// Something was lost just now.
    func wake() { bell.ring() }

    /// Works until its task is cancelled.
    func run() async {
        let clock = ContinuousClock()
        while !Task.isCancelled {
            let next = await round()
            await bell.wait(atMost: next.map { max(.zero, clock.now.duration(to: $0)) })
        }
    }

    /// Tries all that is due. Returns when something is due again.
    private func round() async -> ContinuousClock.Instant? {
        var known: Set<Int64> = []
        var after: Int64 = 0
        do {
            while true {
                let lost = try await store.lostIntentions(after: after, limit: Self.page)
                known.formUnion(lost.map(\.id))
                await work(off: lost, evenIfEarly: false, cap: Self.width, weight: 1)
                guard lost.count == Self.page, let last = lost.last, !Task.isCancelled else { break }
                after = last.id
            }
        } catch {
            logger.warning("the ledger of uploads can't be read", metadata: ["reason": "\(error)"])
            return ContinuousClock.now + .seconds(60)
        }
        return tries.keep(known)
    }

    /// One try of each of these, whose uploads nothing goes on with. Returns when all were tried.
    func work(off intentions: [Intention], evenIfEarly: Bool, cap: Int, weight: Int) async {
        let due = intentions.filter { tries.begin($0.id, at: .now, evenIfEarly: evenIfEarly) }
        if due.isEmpty { return }
        let errand = table.errand()
        permits.addJob(errand, cap: cap, weight: weight)
        // Those whose upload is not known are looked at key by key: they can only be told apart together.
        let keys = Dictionary(grouping: due.filter { $0.uploadID == nil }) { Place($0) }
        var turns: [Turn] = due.filter { $0.uploadID != nil }.map { intention in
            Turn(intentions: [intention]) { await self.abort(intention, errand) }
        }
        turns += keys.map { place, lost in Turn(intentions: lost) { await self.search(place, errand) } }
        let places = PlaceCounter(places: max(1, cap))
        await withDiscardingTaskGroup { group in
            for turn in turns {
                guard (try? await places.take()) != nil else {
                    for intention in turn.intentions { tries.end(intention.id, at: .now, reason: nil) }
                    continue
                }
                group.addTask {
                    await self.take(turn)
                    places.giveBack()
                }
            }
        }
        permits.removeJob(errand)
    }

    private struct Turn: Sendable {
        let intentions: [Intention]
        /// Returns why they still stand; nil when they do not.
        let work: @Sendable () async -> String?
    }

    private func take(_ turn: Turn) async {
        let reason: String? = await withTaskGroup { group in
            group.addTask { await turn.work() }
            group.addTask {
                try? await Task.sleep(for: Self.turn)
                return "the store has not answered within \(Self.turn.components.seconds) s"
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        for intention in turn.intentions { tries.end(intention.id, at: .now, reason: reason) }
    }

    // MARK: An upload that is known

    /// - Returns: why it still stands; nil when it is closed.
    private func abort(_ intention: Intention, _ errand: JobNumber) async -> String? {
        guard let client = clients[intention.store], let upload = intention.uploadID else {
            return "the settings name no store \(intention.store)"
        }
        switch await client.end(upload, of: intention.location, acquire: acquire(errand, intention.store)) {
        case .gone:
            try? await store.closeIntention(intention)
            return nil
        case .unconfirmed(let failure):
            await report(intention, [], "its abort can't be confirmed: \(failure.message)")
            return nil
        case .failed(let failure): return failure.message
        }
    }

    // MARK: An upload that may have come of a lost creation

    struct Place: Hashable, Sendable {
        let store: StoreName
        let location: ObjectLocation

        init(_ intention: Intention) {
            store = intention.store
            location = intention.location
        }
    }

    /// - Returns: what is waited for.
    private func search(_ place: Place, _ errand: JobNumber) async -> String? {
        guard let client = clients[place.store] else { return "the settings name no store \(place.store)" }
        let acquire = acquire(errand, place.store)
        do {
            let asked = now()
            let listing = try await client.uploads(of: place.location, acquire: acquire)
            // Read after the listing: what we have created before it is known by now, or stands there as under way.
            let ledger = try await store.ledger(of: place.location, store: place.store)
            if ledger.intentions.contains(where: { $0.uploadID == nil && $0.lostTime == nil && $0.report == nil }) {
                return "another upload of the key is being created"
            }
            let rule = OrphanRule(now: asked, storeTime: listing.storeTime)
            let candidates = listing.uploads.filter { !ledger.uploads.contains($0.uploadID) }
            return try await settle(place, ledger, rule, candidates, client, errand)
        } catch ListingFault.denied(let failure) {
            await reportAll(at: place, "the store does not let uploads be listed: \(failure.message)")
            return nil
        } catch ListingFault.failed(let failure) {
            return failure.message
        } catch {
            return "\(error)"
        }
    }

    private func settle(
        _ place: Place, _ ledger: KeyLedger, _ rule: OrphanRule, _ listed: [ListedUpload], _ client: TransferClient,
        _ errand: JobNumber
    ) async throws -> String? {
        let acquire = acquire(errand, place.store)
        let lost = ledger.intentions.filter { $0.uploadID == nil && $0.report == nil }
        let byID = Dictionary(uniqueKeysWithValues: lost.map { ($0.id, $0) })
        let creations = lost.compactMap { intention in
            intention.lostTime.map {
                OrphanRule.Lost(id: intention.id, createTime: intention.createTime, lostTime: $0)
            }
        }
        var candidates = listed.map { OrphanRule.Candidate(upload: $0.uploadID, initiated: $0.initiated) }
        var verdict = rule.decide(creations, candidates)
        if case .look(let uploads) = verdict {
            do {
                candidates = try await look(at: uploads, of: candidates, place, client, acquire)
            } catch ListingFault.denied(let failure) {
                if let first = lost.first {
                    await report(first, uploads, "its parts can't be seen: \(failure.message)")
                }
                return Self.lookedFor
            }
            verdict = rule.decide(creations, candidates)
        }
        guard case .decided(let finding) = verdict else { return "the store's answers do not fit together" }
        for id in finding.over { if let over = byID[id] { try await store.closeIntention(over) } }
        if !finding.suspects.isEmpty, let first = lost.first {
            await report(first, finding.suspects, finding.reason)
        }
        for (upload, id) in finding.aborts {
            guard var intention = byID[id] else { continue }
            logger.info("an upload that a lost reply has left is aborted", metadata: metadata(intention, [upload]))
            // Known from now on: if this try is cut the next one need not find it again.
            try await store.adopt(upload, by: intention)
            intention.uploadID = upload
            if let reason = await abort(intention, errand) { return reason }
        }
        return Self.lookedFor
    }

    private func look(
        at uploads: [UploadID], of candidates: [OrphanRule.Candidate], _ place: Place, _ client: TransferClient,
        _ acquire: @escaping @Sendable (Int) async throws -> Permit
    ) async throws -> [OrphanRule.Candidate] {
        var candidates = candidates
        for upload in uploads {
            let hasParts = try await client.hasParts(upload, of: place.location, acquire: acquire)
            guard let index = candidates.firstIndex(where: { $0.upload == upload }) else { continue }
            // Gone meanwhile: somebody else has ended it.
            if let hasParts { candidates[index].hasParts = hasParts } else { candidates.remove(at: index) }
        }
        return candidates
    }

    static let lookedFor = "the reply to its creation was lost: it is looked for"

    // MARK: A person's turn

    private func reportAll(at place: Place, _ reason: String) async {
        let ledger = try? await store.ledger(of: place.location, store: place.store)
        for intention in ledger?.intentions ?? []
        where intention.uploadID == nil && intention.lostTime != nil && intention.report == nil {
            await report(intention, [], reason)
        }
    }

    private func report(_ intention: Intention, _ suspects: [UploadID], _ reason: String) async {
        do {
            try await store.report(intention, suspects: suspects, reason: reason)
            var metadata = metadata(intention, suspects.isEmpty ? [intention.uploadID].compactMap(\.self) : suspects)
            metadata["reason"] = "\(reason)"
            logger.warning("possible orphan", metadata: metadata)
        } catch {
            logger.warning("a possible orphan can't be stored", metadata: ["reason": "\(error)"])
        }
    }

    private func metadata(_ intention: Intention, _ uploads: [UploadID]) -> Logger.Metadata {
        [
            "bucket": "\(intention.location.bucket)",
            "key": "\(String(decoding: intention.location.key, as: UTF8.self))",
            "uploads": "\(uploads.map(\.rawValue).joined(separator: " "))",
        ]
    }

    private func acquire(
        _ errand: JobNumber, _ store: StoreName
    ) -> @Sendable (Int) async throws -> Permit {
        { _ in try await self.permits.acquire(for: errand, urgency: .startedFile, store: store) }
    }
}
