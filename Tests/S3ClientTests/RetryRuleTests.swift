import CurlTransport
import Model
import SigV4
import Testing

@testable import S3Client

/// What is tried again, and when. No network.
@Suite struct RetryRuleTests {
    private struct Verdict: Equatable {
        let code: S3Error.Code
        let verdict: RetryVerdict
        init(_ code: S3Error.Code, _ verdict: RetryVerdict) {
            self.code = code
            self.verdict = verdict
        }
        init(_ error: S3Error) { self.init(error.code, error.verdict) }
    }

    @Test(arguments: [
        (503, "SlowDown", S3Error.Code.throttled, RetryVerdict.throttled(after: nil)),
        (429, "TooManyRequests", .throttled, .throttled(after: nil)), (503, "", .throttled, .throttled(after: nil)),
        (429, "", .throttled, .throttled(after: nil)), (500, "InternalError", .storeFault, .retry(after: nil)),
        (502, "", .storeFault, .retry(after: nil)), (504, "", .storeFault, .retry(after: nil)),
        (400, "RequestTimeout", .timeout, .retry(after: nil)), (408, "", .timeout, .retry(after: nil)),
        (400, "ExpiredToken", .expiredCredentials, .refreshCredentials),
        (403, "AccessDenied", .accessDenied, .giveUp), (403, "SignatureDoesNotMatch", .invalidCredentials, .giveUp),
        (403, "InvalidAccessKeyId", .invalidCredentials, .refreshCredentials),
        (400, "InvalidToken", .invalidCredentials, .refreshCredentials), (401, "", .accessDenied, .giveUp),
        (404, "NoSuchBucket", .noSuchBucket, .giveUp), (404, "NoSuchKey", .noSuchKey, .giveUp),
        (404, "NoSuchUpload", .noSuchUpload, .giveUp), (404, "", .noSuchKey, .giveUp),
        (412, "PreconditionFailed", .preconditionFailed, .giveUp), (304, "", .preconditionFailed, .giveUp),
        (409, "ConditionalRequestConflict", .conditionalConflict, .retry(after: nil)),
        (409, "OperationAborted", .conditionalConflict, .retry(after: nil)),
        (400, "BadDigest", .checksumMismatch, .giveUp),
        (400, "XAmzContentSHA256Mismatch", .checksumMismatch, .giveUp),
        (400, "IncompleteBody", .checksumMismatch, .retry(after: nil)),
        (400, "InvalidPart", .invalidPart, .giveUp), (400, "EntityTooSmall", .invalidPart, .giveUp),
        (501, "NotImplemented", .notImplemented, .giveUp), (400, "InvalidArgument", .invalidRequest, .giveUp),
        (400, "", .invalidRequest, .giveUp), (418, "Teapot", .invalidRequest, .giveUp),
        (200, "InternalError", .storeFault, .retry(after: nil)),
        (200, "SlowDown", .throttled, .throttled(after: nil)), (200, "Strange", .storeFault, .retry(after: nil)),
    ])
    func eachReplyHasItsVerdict(status: Int, rawCode: String, code: S3Error.Code, verdict: RetryVerdict) {
        let body = rawCode.isEmpty ? "" : "<Error><Code>\(rawCode)</Code><Message>m</Message></Error>"
        let reply = Reply(status: status, headers: ReplyHeaders(block: []), body: Array(body.utf8))
        let error = ReplyClassifier.error(reply, operation: .putObject)
        #expect(Verdict(error) == Verdict(code, verdict))
        #expect(error.rawCode == (rawCode.isEmpty ? nil : rawCode) && error.status == status)
    }

    @Test func aConflictEndsACompletion() {
        let reply = { (code: String) in
            Reply(
                status: 409, headers: ReplyHeaders(block: []),
                body: Array("<Error><Code>\(code)</Code><Message>m</Message></Error>".utf8))
        }
        let completion = S3Operation.completeMultipartUpload
        // AWS asks for a new upload after the first, and for the same request again after the second.
        #expect(ReplyClassifier.error(reply("ConditionalRequestConflict"), operation: completion).verdict == .giveUp)
        #expect(ReplyClassifier.error(reply("OperationAborted"), operation: completion).verdict == .retry(after: nil))
    }

    @Test func headsAreReadWithoutACode() {
        let there = ReplyHeaders(block: Array("HTTP/1.1 400 Bad\r\nx-amz-bucket-region: eu-west-1\r\n\r\n".utf8))
        let moved = ReplyClassifier.error(Reply(status: 400, headers: there), operation: .headObject)
        #expect(moved.code == .wrongRegion && moved.region == "eu-west-1")
        let refused = Reply(status: 400, headers: ReplyHeaders(block: []))
        let lasting = Credentials(accessKeyID: "a", secretAccessKey: "b")
        let session = Credentials(accessKeyID: "a", secretAccessKey: "b", sessionToken: "c")
        #expect(ReplyClassifier.error(refused, operation: .headObject, signedWith: lasting).verdict == .giveUp)
        let maybeOver = ReplyClassifier.error(refused, operation: .headObject, signedWith: session)
        #expect(maybeOver.verdict == .refreshCredentials && maybeOver.refusedCredentials == session)
        #expect(ReplyClassifier.error(refused, operation: .getObject, signedWith: session).verdict == .giveUp)
    }

    /// A head's refusal has no body, so the dates must tell.
    @Test(
        arguments: [(1_200, .clockSkew), (-1_200, .clockSkew), (600, .accessDenied), (0, .accessDenied)]
            as [(Int64, S3Error.Code)])
    func aHeadThatIsRefusedForItsTimeIsKnownByTheDate(offset: Int64, code: S3Error.Code) {
        let headers = ReplyHeaders(block: Array("HTTP/1.1 403 No\r\nDate: Sun, 30 Aug 2015 12:36:00 GMT\r\n\r\n".utf8))
        let time = ManualEnvironment.start.advanced(by: .seconds(offset))
        let error = ReplyClassifier.error(Reply(status: 403, headers: headers), operation: .headObject, at: time)
        #expect(error.code == code && (error.storeTime == ManualEnvironment.start) == (code == .clockSkew))
    }

    @Test func anAuthorizationThatIsMalformedOtherwiseIsNoWrongRegion() {
        let body = Array("<Error><Code>AuthorizationHeaderMalformed</Code></Error>".utf8)
        let reply = Reply(status: 400, headers: ReplyHeaders(block: []), body: body)
        #expect(ReplyClassifier.error(reply, operation: .putObject).code == .invalidCredentials)
    }

    @Test(arguments: [
        (TransportError.Code.resolve, false, S3Error.Code.connectionFailed, RetryVerdict.unreachable),
        (.connect, false, .connectionFailed, .unreachable), (.timeout, false, .timeout, .retry(after: nil)),
        (.reset, false, .connectionFailed, .unreachable), (.reset, true, .connectionFailed, .staleConnection),
        (.truncated, true, .connectionFailed, .unreachable), (.tls, false, .tls, .unreachable),
        (.sourceRead, false, .sourceUnreadable, .giveUp), (.sinkWrite, false, .sinkUnwritable, .giveUp),
        (.cancelled, false, .cancelled, .giveUp), (.stopped, false, .stopped, .giveUp),
        (.invalidRequest, false, .invalidRequest, .giveUp), (.tooLarge, false, .malformedReply, .giveUp),
        (.other, false, .connectionFailed, .retry(after: nil)),
    ])
    func eachBrokenExchangeHasItsVerdict(
        cause: TransportError.Code, isReused: Bool, code: S3Error.Code, verdict: RetryVerdict
    ) {
        let error = TransportError(code: cause, reusedConnection: isReused, message: "m")
        #expect(
            Verdict(ReplyClassifier.error(error, operation: .putObject, usedFreshConnection: false))
                == Verdict(code, verdict))
    }

    @Test func certificatesThatAreNotTrustedStaySo() {
        let untrusted = TransportError(code: .tls, curlCode: 60, message: "m")
        #expect(ReplyClassifier.error(untrusted, operation: .putObject, usedFreshConnection: false).verdict == .giveUp)
        let full = TransportError(code: .sinkWrite, errno: 28, message: "m")
        #expect(ReplyClassifier.error(full, operation: .getObject, usedFreshConnection: false).code == .diskFull)
    }

    @Test(
        arguments: [
            ("Retry-After: 7", Duration.seconds(7)), ("x-amz-retry-after: 250", .milliseconds(250)),
            ("Retry-After: 100000", .seconds(300)), ("Retry-After: -1", nil),
            ("Retry-After: Fri, 31 Dec 1999 23:59:59 GMT", nil), ("Retry-After: soon", nil),
            ("Date: Fri, 31 Dec 1999 23:59:29 GMT\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT", .seconds(30)),
            ("Date: Fri, 31 Dec 1999 23:59:59 GMT\r\nRetry-After: Fri, 31 Dec 1999 23:59:29 GMT", .zero),
            ("Date: Fri, 31 Dec 1999 22:59:59 GMT\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT", .seconds(300)),
        ] as [(String, Duration?)])
    func storesMayAskForAWait(line: String, expected: Duration?) {
        let headers = ReplyHeaders(block: Array("HTTP/1.1 503 Slow\r\n\(line)\r\n\r\n".utf8))
        let error = ReplyClassifier.error(Reply(status: 503, headers: headers), operation: .putObject)
        #expect(error.verdict == .throttled(after: expected))
    }

    @Test func errorsCountAndLossesAreTimed() {
        var policy = RetryPolicy()
        policy.maximumAttempts = 3
        var tally = AttemptTally()
        func step(_ verdict: RetryVerdict, elapsed: Duration = .zero) -> AttemptTally.Step {
            tally.begin()
            let error = S3Error(.other, operation: .putObject, message: "m", verdict: verdict)
            return tally.step(after: error, canCorrect: false, policy: policy, elapsed: elapsed, jitter: 1)
        }
        #expect(step(.retry(after: nil)) == .wait(.milliseconds(100), cost: 5))
        #expect(step(.throttled(after: .seconds(3))) == .wait(.seconds(3), cost: 0))
        #expect(step(.unreachable) == .wait(.milliseconds(200), cost: 10))
        #expect(tally.needsFreshConnection)
        #expect(step(.retry(after: nil)) == .wait(.milliseconds(200), cost: 5))
        #expect(step(.retry(after: nil)) == .giveUp)
        #expect(step(.throttled(after: nil), elapsed: .seconds(3599)) == .wait(.milliseconds(400), cost: 0))
        #expect(step(.throttled(after: nil), elapsed: .seconds(3600)) == .giveUp)
        #expect(step(.giveUp) == .giveUp)
        #expect(tally.attempts == 8)
    }

    @Test func aTimeOutCountsAndItsRepetitionHasItsOwnConnection() {
        var policy = RetryPolicy()
        policy.maximumAttempts = 2
        var tally = AttemptTally()
        let cause = TransportError(code: .timeout, message: "m")
        let error = ReplyClassifier.error(cause, operation: .putObject, usedFreshConnection: false)
        func step() -> AttemptTally.Step {
            tally.begin()
            return tally.step(after: error, canCorrect: false, policy: policy, elapsed: .zero, jitter: 1)
        }
        #expect(step() == .wait(.milliseconds(100), cost: 5) && tally.needsFreshConnection)
        #expect(step() == .giveUp)
        #expect(Failure(error).code == .timeout && Failure(error).retryable)
    }

    @Test func correctionsHappenOnce() {
        var tally = AttemptTally()
        func step(_ code: S3Error.Code, _ verdict: RetryVerdict, canCorrect: Bool = true) -> AttemptTally.Step {
            tally.begin()
            let error = S3Error(code, operation: .putObject, message: "m", verdict: verdict)
            return tally.step(
                after: error, canCorrect: canCorrect, policy: RetryPolicy(), elapsed: .zero, jitter: 0.5)
        }
        #expect(step(.clockSkew, .giveUp) == .setClock)
        #expect(step(.wrongRegion, .giveUp) == .changeRegion)
        #expect(step(.expiredCredentials, .refreshCredentials) == .refreshCredentials)
        #expect(step(.clockSkew, .giveUp) == .giveUp)
        #expect(step(.wrongRegion, .giveUp) == .giveUp)
        #expect(step(.expiredCredentials, .refreshCredentials) == .giveUp)
        var other = AttemptTally()
        other.begin()
        let error = S3Error(.wrongRegion, operation: .putObject, message: "m")
        #expect(
            other.step(after: error, canCorrect: false, policy: RetryPolicy(), elapsed: .zero, jitter: 0.5) == .giveUp)
    }

    @Test func everyCodeOfOursHasOneOfTheAPIs() {
        #expect(Failure.code(for: .throttled) == .throttled)
        #expect(Failure.code(for: .noSuchUpload) == .storeError)
        let error = S3Error(
            .accessDenied, operation: .putObject, message: "no", rawCode: "AccessDenied", status: 403, requestID: "R",
            attempts: 2)
        let failure = Failure(error)
        #expect(failure.code == .accessDenied && failure.attempts == 2 && !failure.retryable)
        #expect(failure.s3 == Failure.S3(code: "AccessDenied", httpStatus: 403, requestID: "R"))
        #expect(Failure(S3Error(.timeout, operation: .putObject, message: "m")).s3 == nil)
    }
}
