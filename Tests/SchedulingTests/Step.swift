import DevStore
import Model
import Testing

@testable import Scheduling

/// Where a command reaches a job of some small files and one of five parts, one request at a time within the large
/// file: each but the first holds one request at the store, which is carried out when it is let go.
enum Step: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case scan
    case putObject
    case lastPutObject
    case createMultipartUpload
    case firstPart
    /// Nothing is held: two parts are recorded, and no permit is to be had for the third.
    case betweenParts
    case thirdPart
    case lastPart
    case completeMultipartUpload

    static let parts = 5

    var testDescription: String { rawValue }

    var rule: FaultRule? {
        switch self {
        case .scan: nil
        case .putObject: FaultRule(.putObject, from: 3, count: 1).silent(executes: true)
        case .lastPutObject: FaultRule(.putObject, from: 12, count: 1).silent(executes: true)
        case .createMultipartUpload: FaultRule(.createMultipartUpload, count: 1).silent(executes: true)
        // Parts go in the order in which they were read: the third to be sent may be any of them.
        case .firstPart: FaultRule(.uploadPart, from: 1, count: 1).silent(executes: true)
        case .betweenParts: FaultRule(.uploadPart, from: 2, count: 1).silent(executes: true)
        case .thirdPart: FaultRule(.uploadPart, from: 3, count: 1).silent(executes: true)
        case .lastPart: FaultRule(.uploadPart, from: Self.parts, count: 1).silent(executes: true)
        case .completeMultipartUpload: FaultRule(.completeMultipartUpload, count: 1).silent(executes: true)
        }
    }

    var holdsRequest: Bool { self != .scan && self != .betweenParts }

    /// Parts that the store has once what is in flight was let finish.
    var partsAfter: Int? {
        partsBefore.map { $0 > 0 && self != .betweenParts ? min($0 + 1, Self.parts) : $0 }
    }

    /// Parts that have been acknowledged when the request is held; nil where that may be any number.
    var partsBefore: Int? {
        switch self {
        case .scan, .putObject, .lastPutObject: nil
        case .createMultipartUpload, .firstPart: 0
        case .betweenParts, .thirdPart: 2
        case .lastPart: 4
        case .completeMultipartUpload: 5
        }
    }
}

extension World {
    /// One request at a time, so that what has been done at each step is known.
    func makeTree() throws {
        for index in 0..<12 { try tree.file("small/f\(index)", 100 + index) }
        try tree.file("large", Step.parts * Int(Self.partSize) - 5)
    }

    /// Submits the job and returns once it has come to the step; `goOn` takes away what keeps it there.
    func submit(_ service: Service, at step: Step) async throws -> JobID {
        if let rule = step.rule { devStore.faults.set([rule]) }
        let id = try await service.submit(spec { $0.concurrency = 1 })
        if step.rule != nil { await held(1) }
        if step == .betweenParts {
            service.permits.setCap(0)
            devStore.faults.release()
            _ = try await service.status(id) { $0.job.counters.partsSucceeded == 2 }
        }
        return id
    }

    func goOn(_ service: Service) {
        service.permits.setCap(64)
        devStore.faults.release()
    }
}
