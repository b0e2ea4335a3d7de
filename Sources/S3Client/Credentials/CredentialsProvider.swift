package import SigV4
import Synchronization

/// Credentials for stores, from the first of some places that has any, renewed before they end or when they are refused.
///
/// Any task may ask. While they hold, asking costs a lock. At most one renewal runs at a time, whoever needs it waits for
/// that one; a renewal that fails while the old ones hold is told to `onFailedRenewal` and nobody else. Who had an answer
/// is asked alone from then on, so that an outage of one place never turns into the identity of another.
package final class CredentialsProvider: Sendable {
    private typealias Answer = Result<Credentials, CredentialsError>

    private let sources: [any CredentialsSource]
    private let clock: ClientEnvironment
    private let onFailedRenewal: @Sendable (CredentialsError) -> Void
    private let state = Mutex(State())

    /// Seconds for which credentials that came back unchanged after they were refused are not asked for again.
    private static let refusalPauseInSeconds: Int64 = 30

    private struct State {
        var lease: CredentialsLease?
        /// The place of the one that answered among the sources.
        var source: Int?
        /// By region: each keeps its day's key.
        var signers: [String: RequestSigner] = [:]
        var isRenewing = false
        var waiters: [UInt64: CheckedContinuation<Answer, Never>] = [:]
        var lastWaiter: UInt64 = 0
        /// Until then refusals bring nothing new.
        var unchangedUntil = Int64.min

        mutating func signer(region: String, credentials: Credentials) -> RequestSigner {
            if let signer = signers[region], signer.credentials == credentials { return signer }
            let signer = RequestSigner(credentials: credentials, region: region)
            signers[region] = signer
            return signer
        }

        /// True for the one who is to renew.
        mutating func beginsRenewal() -> Bool {
            defer { isRenewing = true }
            return !isRenewing
        }
    }

    /// - Parameters:
    ///   - clock: its steady clock, dice and `sleep`; the time of day comes with each question.
    ///   - onFailedRenewal: called from any task, at most about twice a minute.
    package init(
        _ sources: [any CredentialsSource], clock: ClientEnvironment = .system,
        onFailedRenewal: @escaping @Sendable (CredentialsError) -> Void = { _ in }
    ) {
        self.sources = sources
        self.clock = clock
        self.onFailedRenewal = onFailedRenewal
    }

    package convenience init(_ credentials: Credentials) {
        self.init([FixedCredentials(credentials)])
    }

    /// A signer with credentials that hold for a while. Throws `.cancelled` when the task was cancelled while it waited.
    package func signer(
        region: String, now: SigningTime
    ) async throws(CredentialsError) -> RequestSigner {
        if let signer = heldSigner(region: region, now: now) { return signer }
        let credentials = try await renewed(now: now).get()
        return state.withLock { $0.signer(region: region, credentials: credentials) }
    }

    /// The store refused these: the next `signer` waits for others, unless they have come meanwhile.
    ///
    /// False when others were asked for a moment ago and the same ones came back: a repetition would end alike.
    package func refuse(_ refused: Credentials, now: SigningTime) -> Bool {
        state.withLock { state in
            guard state.lease?.credentials == refused else { return true }
            if now.secondsSince1970 < state.unchangedUntil { return false }
            state.lease?.refuse()
            return true
        }
    }

    private func heldSigner(region: String, now: SigningTime) -> RequestSigner? {
        let (signer, begins) = state.withLock { state -> (RequestSigner?, Bool) in
            guard let lease = state.lease else { return (nil, false) }
            let need = lease.need(at: now)
            if need == .renewFirst { return (nil, false) }
            let begins = need == .renewAside && state.beginsRenewal()
            return (state.signer(region: region, credentials: lease.credentials), begins)
        }
        if begins { renew(now: now) }
        return signer
    }

    /// Waits for the renewal in flight, which it begins when there is none.
    private func renewed(now: SigningTime) async -> Answer {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (answer, begins) = state.withLock { state -> (Answer?, Bool) in
                    // A cancellation before this lock is seen here, one after it finds the waiter.
                    if Task.isCancelled { return (.failure(.cancelled), false) }
                    if let lease = state.lease, lease.need(at: now) != .renewFirst {
                        return (.success(lease.credentials), false)
                    }
                    state.waiters[number] = continuation
                    return (nil, state.beginsRenewal())
                }
                if let answer { continuation.resume(returning: answer) }
                if begins { renew(now: now) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(returning: .failure(.cancelled))
        }
    }

    /// Apart from whoever asks: a request that is cancelled must not take the credentials of the others with it. It ends
    /// by itself, since every source's time is bounded.
    private func renew(now: SigningTime) {
        Task { await self.load(asked: now) }
    }

    private func load(asked: SigningTime) async {
        let started = clock.now()
        let outcome: Result<(Credentials, source: Int), CredentialsError>
        do throws(CredentialsError) {
            outcome = .success(try await find(now: asked))
        } catch {
            outcome = .failure(error)
        }
        let now = SigningTime(
            secondsSince1970: asked.secondsSince1970 + (clock.now() - started).components.seconds)
        let (answer, waiters) = finish(outcome, at: now)
        if case .failure(let error) = outcome { onFailedRenewal(error) }
        for waiter in waiters { waiter.resume(returning: answer) }
    }

    private func finish(
        _ outcome: Result<(Credentials, source: Int), CredentialsError>, at now: SigningTime
    ) -> (Answer, [CheckedContinuation<Answer, Never>]) {
        state.withLock { state in
            let answer: Answer
            switch outcome {
            case .success(let (credentials, source)):
                if let old = state.lease, old.isRefused, old.credentials == credentials {
                    state.unchangedUntil = now.secondsSince1970 + Self.refusalPauseInSeconds
                }
                if state.lease?.credentials != credentials { state.signers = [:] }
                state.source = source
                state.lease = CredentialsLease(
                    credentials, at: now, isStable: sources[source].isStable, jitter: clock.jitter())
                answer = .success(credentials)
            case .failure(let error):
                state.lease?.renewalFailed(at: now, jitter: clock.jitter())
                if let lease = state.lease, lease.isUsable(at: now) {
                    answer = .success(lease.credentials)
                } else {
                    // There were some before: what fails now may be over soon.
                    answer = .failure(state.lease == nil ? error : CredentialsError(error.message, code: .away))
                }
            }
            state.isRenewing = false
            defer { state.waiters = [:] }
            return (answer, Array(state.waiters.values))
        }
    }

    /// Asks who answered last; the others only when that place has nothing more and the old credentials are over.
    private func find(now: SigningTime) async throws(CredentialsError) -> (Credentials, source: Int) {
        let (last, isUsable) = state.withLock { ($0.source, $0.lease?.isUsable(at: now) ?? false) }
        if let last {
            switch try await ask(last) {
            case .found(let credentials): return (credentials, last)
            case .nothing(let reason):
                if isUsable { throw CredentialsError("\(sources[last].name): \(reason)", code: .away) }
            }
        }
        var reasons: [String] = []
        for index in sources.indices {
            let source = sources[index]
            do throws(CredentialsError) {
                switch try await source.load() {
                case .found(let credentials): return (credentials, index)
                case .nothing(let reason): reasons.append("\(source.name): \(reason)")
                }
            } catch {
                reasons.append("\(source.name): \(error.message)")
                throw Self.unavailable(reasons, code: error.code)
            }
        }
        throw Self.unavailable(reasons, code: .unavailable)
    }

    private func ask(_ index: Int) async throws(CredentialsError) -> CredentialsAnswer {
        do throws(CredentialsError) {
            return try await sources[index].load()
        } catch {
            throw CredentialsError("\(sources[index].name): \(error.message)", code: error.code)
        }
    }

    private static func unavailable(_ reasons: [String], code: CredentialsError.Code) -> CredentialsError {
        CredentialsError("no credentials: " + reasons.joined(separator: "; "), code: code)
    }
}
