import CurlTransport
import DevStore
import Files
import Foundation
import Model
import SigV4
import Testing

@testable import S3Client
@testable import Scheduling

/// A store of one test's own, a tree of files beside it, and a directory for the service's state: all gone when the test
/// is over. Any number of services may live in it, one after the other; see `serve`.
final class World: Sendable {
    static let bucket = "bucket"
    static let partSize: Int64 = 64 << 10
    /// Sizes are small so that a whole table of cancels moves few bytes: a file is multipart from 128 KiB on.
    static let threshold: Int64 = 128 << 10
    private static let credentials = Credentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

    let tree: SourceTree
    let devStore: DevStore
    let s3: S3Client
    /// A second store, named `other`, where a test asks for one.
    let other: DevStore?
    let transport: Transport
    /// Whether services take the store for one that is reached over TLS: then `auto` sends checksum headers.
    let isSecure: Bool
    private let directory: String

    var stateDirectory: String { directory + "/state" }

    private init(
        buckets: [String], hasOther: Bool, isSecure: Bool, configure: (inout DevStoreConfiguration) -> Void
    ) throws {
        self.isSecure = isSecure
        let parent = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
        directory = "\(parent)/longshore-world-\(UUID().uuidString)"
        for name in ["tree", "objects", "others"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        }
        tree = SourceTree(path: directory + "/tree")
        var configuration = DevStoreConfiguration(
            keeping: .folder(directory + "/objects"), credentials: Self.credentials)
        configuration.buckets = buckets
        configuration.allowsAnonymousReads = true
        configuration.limits.partInBytes = Self.partSize
        configure(&configuration)
        devStore = try DevStore(configuration: configuration)
        configuration.keeping = .folder(directory + "/others")
        other = hasOther ? try DevStore(configuration: configuration) : nil
        transport = try Transport(configuration: TransportConfiguration(loops: 1))
        s3 = try Self.client(devStore, transport) { _, _ in }
    }

    private func end() async {
        await devStore.stop(grace: .zero)
        await other?.stop(grace: .zero)
        await transport.stop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// A world for as long as `body` runs.
    static func with(
        buckets: [String] = [bucket], hasOther: Bool = false, isSecure: Bool = false,
        configure: (inout DevStoreConfiguration) -> Void = { _ in }, _ body: (World) async throws -> Void
    ) async throws {
        let world = try World(buckets: buckets, hasOther: hasOther, isSecure: isSecure, configure: configure)
        do {
            try await body(world)
        } catch {
            await world.end()
            throw error
        }
        #expect(world.openFiles().isEmpty, "descriptors are left")
        await world.end()
    }

    /// Fast retries, few of them.
    static func client(
        _ store: DevStore, _ transport: Transport, name: StoreName = .default, isSecure: Bool = false,
        onThrottle: @escaping S3Client.OnThrottle
    ) throws -> S3Client {
        var policy = RetryPolicy()
        policy.maximumAttempts = 3
        policy.base = .milliseconds(1)
        policy.cap = .milliseconds(5)
        policy.throttleCap = .milliseconds(5)
        policy.retryFor = .seconds(5)
        var client = try S3Client(
            configuration: StoreConfiguration(name: name, endpoint: store.endpoint), transport: transport,
            credentials: CredentialsProvider(credentials), policy: policy, onThrottle: onThrottle)
        client.isSecure = isSecure
        return client
    }

    /// A job spec for the whole tree.
    func spec(_ change: (inout JobSpec) -> Void = { _ in }) -> JobSpec {
        var spec = JobSpec()
        spec.source = tree.path
        spec.bucket = Self.bucket
        spec.prefix = "p/"
        spec.concurrency = 8
        spec.partSize = Self.partSize
        spec.multipartThreshold = Self.threshold
        change(&spec)
        return spec
    }

    /// Files of the tree, and of the spool, that this process holds open. Other tests run at the same time, but not in this directory.
    func openFiles() -> [String] {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return numbers.compactMap { number in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)")
            return target.flatMap { target in
                target.hasPrefix(tree.path + "/") || (target.hasPrefix(stateDirectory) && target.hasSuffix("(deleted)"))
                    ? target : nil
            }
        }
    }
}
