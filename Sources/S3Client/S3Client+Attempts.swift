import CurlTransport
import Model
import SigV4

extension S3Client {
    /// Sends a request until it succeeds or nothing more may be tried.
    ///
    /// - Parameter read: makes the result of a reply of success; throws when it can't be read.
    func send<Output: Sendable>(
        _ request: S3Request, acquire: Acquire, read: (Reply) throws(S3Error) -> Output
    ) async throws(S3Error) -> Output {
        var tally = AttemptTally()
        let started = environment.now()
        while true {
            tally.begin()
            let failure: S3Error
            do throws(S3Error) {
                let reply = try await attempt(request, tally, acquire)
                let output = try read(reply)
                state.deposit(now: environment.now())
                return output
            } catch {
                failure = error
            }
            try await prepareNext(&tally, after: failure, of: request, started: started)
        }
    }

    /// One attempt: a reply of success, or what its failure means.
    private func attempt(
        _ request: S3Request, _ tally: AttemptTally, _ acquire: Acquire
    ) async throws(S3Error) -> Reply {
        let endpoint = state.endpoint(ofBucket: request.bucket)
        let signer: RequestSigner
        do throws(CredentialsError) {
            signer = try await credentials.signer(
                region: endpoint.region, now: state.adjust(environment.wallClock()).signingTime)
        } catch {
            throw S3Error(error, operation: request.operation)
        }
        let permit: Permit
        do {
            permit = try await acquire(tally.attempts)
        } catch {
            throw S3Error(.cancelled, operation: request.operation, message: "no permit: \(error)")
        }
        let (round, time) = (permit.round, state.adjust(environment.wallClock()))
        let reply = try await exchange(
            request, endpoint, signer, time, freshConnection: tally.needsFreshConnection, holding: permit)
        guard reply.status >= 300 || reply.status < 200 || holdsError(reply, request.operation) else { return reply }
        var error = ReplyClassifier.error(
            reply, operation: request.operation, signedWith: signer.credentials, at: time)
        error.signedRegion = endpoint.region
        if case .throttled(let after) = error.verdict { onThrottle(round, after) }
        throw error
    }

    /// Signs and performs. The permit ends with the exchange, whatever its outcome.
    private func exchange(
        _ request: S3Request, _ endpoint: BucketEndpoint, _ signer: RequestSigner, _ time: Timestamp,
        freshConnection: Bool, holding permit: consuming Permit
    ) async throws(S3Error) -> Reply {
        request.options.progress?.exchange.reset()
        var exchange = RequestAssembler.assemble(
            request, at: endpoint, store: configuration, signer: signer,
            time: time.signingTime, freshConnection: freshConnection)
        let held = HeldPermit(permit)
        exchange.whenOver = { held.giveBack() }
        let outcome: Result<Reply, TransportError>
        do throws(TransportError) {
            outcome = .success(try await transport.perform(exchange))
        } catch {
            outcome = .failure(error)
        }
        held.giveBack()
        switch outcome {
        case .success(let reply):
            figures.note(request.operation, reply)
            return reply
        case .failure(let cause):
            figures.note(request.operation, cause)
            throw ReplyClassifier.error(cause, operation: request.operation, usedFreshConnection: freshConnection)
        }
    }

    private func holdsError(_ reply: Reply, _ operation: S3Operation) -> Bool {
        operation.mayFailInside200 && ErrorDocument(reply.body) != nil
    }

    /// Waits or corrects what was wrong before the next attempt; throws the failure when there is none.
    private func prepareNext(
        _ tally: inout AttemptTally, after failure: S3Error, of request: S3Request, started: Duration
    ) async throws(S3Error) {
        var failure = failure
        failure.attempts = tally.attempts
        let now = environment.now()
        let step = tally.step(
            after: failure, canCorrect: canCorrect(failure), policy: policy, elapsed: now - started,
            jitter: environment.jitter())
        switch step {
        case .giveUp: throw failure
        case .wait(let delay, let cost):
            let budgeted = cost > 0 ? state.withdraw(cost, now: now) : .zero
            try await wait(max(delay, budgeted), operation: request.operation)
        case .refreshCredentials:
            let time = state.adjust(environment.wallClock()).signingTime
            if let refused = failure.refusedCredentials, !credentials.refuse(refused, now: time) { throw failure }
        case .setClock:
            if let time = failure.storeTime { state.learn(storeTime: time, ourTime: environment.wallClock()) }
        case .changeRegion:
            if let region = failure.region { state.learn(region: region, ofBucket: request.bucket) }
        }
    }

    private func canCorrect(_ failure: S3Error) -> Bool {
        switch failure.code {
        case .clockSkew: failure.storeTime != nil
        case .wrongRegion:
            // Compared with what this request named: another one may have learnt the bucket's region meanwhile.
            failure.region.map { $0 != failure.signedRegion && Self.isRegion($0) } ?? false
        default: false
        }
    }

    /// A region becomes part of a host name: nothing else may.
    private static func isRegion(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    private func wait(_ delay: Duration, operation: S3Operation) async throws(S3Error) {
        do {
            if delay > .zero { try await environment.sleep(delay) } else { try Task.checkCancellation() }
        } catch {
            throw S3Error(.cancelled, operation: operation, message: "cancelled while waiting for the next attempt")
        }
    }
}
