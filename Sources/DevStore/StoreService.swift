import Checksums
import Glibc
import HTTPServer
import HTTPTypes
import Model
import Synchronization

/// The store's request handler: from a head to a `Call`, from a call to an operation, from its answer to HTTP.
///
/// Without latency and faults nothing in it waits, so a small request is answered on the server's own thread.
final class StoreService: RequestHandler {
    let configuration: DevStoreConfiguration
    let store: ObjectStore
    let meter = Meter()
    let faults = FaultScript()
    let alarm = Alarm()
    private let log: RequestLog?
    private let authenticator: Authenticator
    private let requestNumber = Atomic<UInt64>(UInt64(UInt32.random(in: .min ... .max)) << 32)

    init(configuration: DevStoreConfiguration, store: ObjectStore, log: RequestLog?) {
        self.configuration = configuration
        self.log = log
        self.store = store
        authenticator = Authenticator(configuration)
        faults.latency = configuration.latency
    }

    private let connectionCount = Mutex<@Sendable () -> Int>({ 0 })

    /// Tells where the number of open connections comes from, once there is a server.
    func countConnections(_ count: @escaping @Sendable () -> Int) {
        connectionCount.withLock { $0 = count }
    }

    var connections: Int { connectionCount.withLock { $0 }() }

    /// A bucket of the configuration, which may be there already.
    func makeBucket(_ name: String) throws(S3Failure) {
        try Self.checkBucketName(name)
        try store.commit([.createBucket(name: name, created: StoredTime(wrappedValue: now))]) { _ in }
    }

    var keepsNothing: Bool {
        if case .nothing = configuration.keeping { true } else { false }
    }

    var now: Timestamp {
        var moment = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &moment)
        return Timestamp(microseconds: Int64(moment.tv_sec) * 1_000_000 + Int64(moment.tv_nsec) / 1000)
    }

    // MARK: RequestHandler

    func plan(_ head: HTTPRequest) -> BodyPlan {
        guard S3Request.hasBody(head) else { return .collect(limitInBytes: 0) }
        if isControl(head) { return .collect(limitInBytes: 1 << 20) }
        let call = prepare(head)
        guard call.refusal == nil || isSmall(head) else {
            // The connection ends with this answer: the body that would follow is not worth reading.
            let answer = refused(call)
            finish(call, answer)
            return .refuse(response(call, answer))
        }
        return .stream(CallSink(call: call, service: self))
    }

    func respond(to request: ServerRequest, sink: (any BodySink)?) async -> ServerResponse {
        if let sink = sink as? CallSink { return await answer(sink.call) }
        if isControl(request.head) { return control(request) }
        return await answer(prepare(request.head))
    }

    /// The client left before its body had come.
    func abandon(_ call: Call) {
        guard call.end() else { return }
        log?.write(call, status: nil, ended: now)
        meter.end(call.request?.operation, bucket: call.request?.bucket ?? "", .abandoned)
    }

    // MARK: The head

    private func prepare(_ head: HTTPRequest) -> Call {
        let id = Hex.encode(requestNumber.wrappingAdd(1, ordering: .relaxed).newValue)
        let request: S3Request
        do throws(S3Failure) {
            request = try S3Request(head)
        } catch {
            meter.begin(bucket: "")
            return Call(id: id, request: nil, refusal: error, began: now, latency: .zero, fault: nil)
        }
        meter.begin(bucket: request.bucket)
        let (latency, fault) = faults.next(
            for: FaultSchedule.Subject(
                operation: request.operation, bucket: request.bucket, key: request.key,
                partNumber: request.query["partNumber"].flatMap { Int($0) },
                hasChecksum: request.headers.speakOfChecksums))
        if keepsNothing {
            let body = BodyCollector(plan: BodyReading(), store: store)
            return Call(
                id: id, request: request, refusal: nil, began: now, latency: latency, fault: fault, body: body)
        }
        do throws(S3Failure) {
            var reading = BodyReading(signer: try authenticator.verify(request))
            if fault?.skipsExecution != true { try plan(&reading, for: request) }
            return Call(
                id: id, request: request, refusal: nil, began: now, latency: latency, fault: fault,
                rules: reading.rules,
                body: BodyCollector(plan: reading, store: store))
        } catch {
            return Call(id: id, request: request, refusal: error, began: now, latency: latency, fault: fault)
        }
    }

    /// What can be refused before the body comes, and where the body goes.
    private func plan(_ reading: inout BodyReading, for request: S3Request) throws(S3Failure) {
        reading.rules = try PayloadRules(
            request.headers, checksumIsOfObject: request.operation == .completeMultipartUpload)
        switch request.operation {
        case .putObject, .uploadPart:
            guard let size = reading.rules.sizeInBytes else { throw S3Failure(.missingContentLength) }
            guard size <= configuration.limits.putInBytes else {
                throw S3Failure(
                    .entityTooLarge,
                    details: [
                        .init(name: "ProposedSize", value: "\(size)"),
                        .init(name: "MaxSizeAllowed", value: "\(configuration.limits.putInBytes)"),
                    ])
            }
            try prepareBucket(request.bucket)
            if configuration.etags == .md5 { reading.kinds.insert(.md5) }
            if request.operation == .putObject {
                reading.destination = .object(size: size)
                let kind = reading.rules.chosenKind ?? (configuration.computesDefaultChecksum ? .crc64nvme : nil)
                if let kind { reading.kinds.insert(ChecksumKinds(kind)) }
            } else {
                try planPart(&reading, for: request, size: size)
            }
        case .completeMultipartUpload, .deleteObjects, .putObjectTagging, .createBucket:
            reading.destination = .memory
        default:
            break
        }
    }

    private func planPart(
        _ reading: inout BodyReading, for request: S3Request, size: Int64
    ) throws(S3Failure) {
        let number = try partNumber(of: request)
        let id = request.query["uploadId"] ?? ""
        let upload = try store.read { state throws(S3Failure) in try state.upload(id, request) }
        let kind = try checksumKind(ofPartIn: upload, chosen: reading.rules.chosenKind)
        if let kind { reading.kinds.insert(ChecksumKinds(kind)) }
        reading.destination = .part(number: number, upload: id, size: size)
    }

    private func isSmall(_ head: HTTPRequest) -> Bool {
        head.headerFields[.contentLength].flatMap { Int($0) }.map { $0 <= 64 << 10 } ?? false
    }

    // MARK: The answer

    private func answer(_ call: Call) async -> ServerResponse {
        await alarm.sleep(call.latency)
        let (answer, effect) = await faultedAnswer(call)
        guard let effect else {
            finish(call, answer)
            return response(call, answer)
        }
        return effect.response(response(call, answer), alarm: alarm) { self.finish(call, answer) }
    }

    /// The answer, and what is done to it on its way to the client.
    private func faultedAnswer(_ call: Call) async -> (StoreAnswer, ReplyEffect?) {
        guard let fault = call.fault, call.refusal == nil else { return (await execute(call), nil) }
        await alarm.sleep(.milliseconds(fault.delayMilliseconds))
        if fault.silence {
            await faults.hold()
            guard fault.executes else { return (StoreAnswer(), .reset) }
        }
        let isSkipped = fault.skipsExecution
        var answer = isSkipped ? StoreAnswer() : await execute(call)
        if let error = fault.error, answer.errorCode == nil {
            let failure = S3Failure(
                code: error.code, status: error.status,
                message: error.message ?? S3ErrorCode(rawValue: error.code)?.sentence ?? error.code)
            answer = StoreAnswer(
                failure, resource: call.request?.resource ?? "", requestID: call.id,
                isHead: call.request?.method == "HEAD")
            answer.set("retry-after", error.retryAfter.map(String.init))
            for (name, value) in error.headers ?? [:] { answer.set(name, value) }
        }
        if fault.wrongETag { answer.falsifyETag() }
        if fault.withheld { await faults.hold() }
        return (answer, ReplyEffect(fault))
    }

    private func execute(_ call: Call) async -> StoreAnswer {
        guard call.refusal == nil, let request = call.request else { return refused(call) }
        var isKept = false
        defer { call.body?.letGo(isKept: isKept) }
        do throws(S3Failure) {
            let payload = try call.body?.result() ?? Payload()
            let answer =
                keepsNothing ? try unkeptAnswer(request) : try await perform(request, call.rules, payload)
            isKept = true
            return answer
        } catch {
            return StoreAnswer(
                error, resource: request.resource, requestID: call.id, isHead: request.method == "HEAD")
        }
    }

    private func refused(_ call: Call) -> StoreAnswer {
        StoreAnswer(
            call.refusal ?? S3Failure(.internalError), resource: call.request?.resource ?? "", requestID: call.id,
            isHead: call.request?.method == "HEAD")
    }

    /// Counts the request as over; just before its answer, so that its client cannot have sent another one by then.
    private func finish(_ call: Call, _ answer: StoreAnswer) {
        guard call.end() else { return }
        log?.write(call, status: answer.status, ended: now)
        meter.end(
            call.request?.operation, bucket: call.request?.bucket ?? "",
            .answered(
                errorCode: answer.errorCode, received: answer.errorCode == nil ? call.body?.sizeInBytes ?? 0 : 0,
                sent: answer.objectBytes))
    }

    private func response(_ call: Call, _ answer: StoreAnswer) -> ServerResponse {
        var fields = answer.fields
        fields[.requestID] = call.id
        fields[.extendedRequestID] = "devstore"
        if configuration.clockOffset != .zero {
            fields[.date] = now.advanced(by: configuration.clockOffset).httpDate
        }
        if configuration.etags == .opaque, answer.errorCode == nil {
            // A bucket with KMS encryption by default says so with each object.
            fields[.serverSideEncryption] = fields[.serverSideEncryption] ?? "aws:kms"
        }
        return ServerResponse(
            status: HTTPResponse.Status(code: answer.status), headerFields: fields, body: answer.body)
    }
}
