import CurlTransport
import DevStore
import Model
import S3Client
import Support
import Testing

@testable import Scheduling

extension World {
    static let otherStore = StoreName("other")
    static let sourceBucket = "source"

    /// A world with objects to copy: the buckets `source` and `bucket`, and a second store where the route needs one.
    static func with(_ route: CopyRoute, _ body: (World) async throws -> Void) async throws {
        try await with(buckets: [bucket, sourceBucket], hasOther: route == .between, body)
    }

    /// The store that the copies come from.
    func sourceStore(_ route: CopyRoute) -> DevStore {
        guard route == .between, let other else { return devStore }
        return other
    }

    /// A job that copies all below `s/` of the bucket `source` to `p/` of the bucket `bucket`.
    func copySpec(_ route: CopyRoute, _ change: (inout JobSpec) -> Void = { _ in }) -> JobSpec {
        spec { spec in
            spec.kind = .copy
            spec.source = nil
            spec.sourceBucket = Self.sourceBucket
            spec.sourcePrefix = "s/"
            if route == .between { spec.sourceStore = Self.otherStore }
            change(&spec)
        }
    }

    /// Stores an object that is to be copied.
    func putSource(
        _ key: String, _ bytes: [UInt8], _ route: CopyRoute, attributes: ObjectAttributes = ObjectAttributes()
    ) async throws {
        _ = try await Self.client(sourceStore(route), transport) { _, _ in }.putObject(
            ObjectLocation(bucket: Self.sourceBucket, key: Array(key.utf8)), payload: Payload(.bytes(bytes)),
            attributes: attributes
        ) { _ in Permit {} }
    }

    func removeSource(_ key: String, _ route: CopyRoute) async throws {
        try await Self.client(sourceStore(route), transport) { _, _ in }.deleteObject(
            ObjectLocation(bucket: Self.sourceBucket, key: Array(key.utf8))
        ) { _ in Permit {} }
    }

    static func randomBytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var generator = SeededGenerator(seed: seed &+ UInt64(count))
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            let word = generator.next()
            for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(shift)))) }
        }
        return Array(bytes.prefix(count))
    }

    /// What `Step` speaks of, as objects: twelve small ones and one of five parts. By key below `s/`.
    @discardableResult
    func makeObjects(_ route: CopyRoute) async throws -> [String: [UInt8]] {
        var objects: [String: [UInt8]] = [:]
        for index in 0..<12 { objects["small/f\(index)"] = Self.randomBytes(100 + index) }
        objects["large"] = Self.randomBytes(Step.parts * Int(Self.partSize) - 5)
        for (key, bytes) in objects { try await putSource("s/\(key)", bytes, route) }
        return objects
    }

    /// As `submit(_:at:)`, for a copy.
    func submitCopy(_ service: Service, at step: Step, _ route: CopyRoute) async throws -> JobID {
        if let rule = step.rule(route) { devStore.faults.set([rule]) }
        let id = try await service.submit(copySpec(route) { $0.concurrency = 1 })
        if step.rule != nil { await held(1) }
        if step == .betweenParts {
            service.permits.setCap(0)
            devStore.faults.release()
            _ = try await service.status(id) { $0.job.counters.partsSucceeded == 2 }
        }
        return id
    }

    /// The objects under `p/` are these, and nothing else is there.
    func expectCopies(_ objects: [String: [UInt8]]) async throws {
        #expect(try await Set(keys()) == Set(objects.keys.map { Array("p/\($0)".utf8) }))
        for (key, bytes) in objects {
            let copied = try await self.bytes("p/\(key)")
            #expect(copied == bytes, "\(key) differs")
        }
        #expect(try await openUploads().isEmpty, "uploads are left")
    }
}
