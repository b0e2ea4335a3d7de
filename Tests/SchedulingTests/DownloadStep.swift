import DevStore
import Model
import Testing

@testable import Scheduling

/// Where a command reaches a download of some small objects and one of five ranges: each step but the first holds one
/// request at the store, which is carried out when it is let go.
enum DownloadStep: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case begin, list, smallObject, lastSmallObject, head, headOfFirstPart, firstRange, thirdRange, lastRange

    var testDescription: String { rawValue }

    var rule: FaultRule? {
        switch self {
        case .begin: nil
        case .list: FaultRule(.listObjectsV2, count: 1).silent(executes: true)
        case .smallObject: FaultRule(.getObject, key: "p/small/*", from: 3, count: 1).silent(executes: true)
        case .lastSmallObject: FaultRule(.getObject, key: "p/small/*", from: 12, count: 1).silent(executes: true)
        case .head: FaultRule(.headObject, count: 1).silent(executes: true)
        case .headOfFirstPart: FaultRule(.headObject, from: 2, count: 1).silent(executes: true)
        case .firstRange: FaultRule(.getObject, key: "p/large", count: 1).silent(executes: true)
        case .thirdRange: FaultRule(.getObject, key: "p/large", from: 3, count: 1).silent(executes: true)
        case .lastRange: FaultRule(.getObject, key: "p/large", from: Step.parts, count: 1).silent(executes: true)
        }
    }
}

extension World {
    /// Submits the download and returns once it has come to the step.
    func submit(_ service: Service, at step: DownloadStep) async throws -> JobID {
        if let rule = step.rule { devStore.faults.set([rule]) }
        let id = try await service.submit(downloadSpec { $0.concurrency = 1 })
        if step.rule != nil { await held(1) }
        return id
    }
}
