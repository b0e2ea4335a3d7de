import Model
import Synchronization

/// What a client learns while it works, shared by its copies.
final class ClientState: Sendable {
    private let store: StoreConfiguration
    private let endpoint: Endpoint?
    private let buckets = Mutex<[String: BucketEndpoint]>([:])
    private let budget = Mutex(RetryBudget())
    /// What to add to our time of day to get the store's.
    private let skewInMicroseconds = Atomic<Int64>(0)

    /// Configured, or learned from refusals.
    private let support: Mutex<StoreConfiguration.ChecksumSupport>
    /// Whether the store has ever taken a checksum header.
    private let areProven = Atomic(false)
    private let opaqueBuckets = Mutex<Set<String>>([])

    /// More buckets than any service sees; beyond it they are worked out anew.
    private static let mostBuckets = 4096

    init(store: StoreConfiguration, endpoint: Endpoint?) {
        self.store = store
        self.endpoint = endpoint
        support = Mutex(store.checksums)
    }

    func endpoint(ofBucket bucket: String) -> BucketEndpoint {
        buckets.withLock { buckets in
            if let known = buckets[bucket] { return known }
            let found = BucketEndpoint(bucket: bucket, store: store, endpoint: endpoint)
            if buckets.count >= Self.mostBuckets { buckets.removeAll() }
            buckets[bucket] = found
            return found
        }
    }

    /// The store named a bucket's region: all later requests are sent there and signed for it.
    func learn(region: String, ofBucket bucket: String) {
        let found = BucketEndpoint(bucket: bucket, store: store, endpoint: endpoint, region: region)
        buckets.withLock { $0[bucket] = found }
    }

    func adjust(_ time: Timestamp) -> Timestamp {
        Timestamp(microseconds: time.microseconds + skewInMicroseconds.load(ordering: .relaxed))
    }

    /// The store said what time it has.
    func learn(storeTime: Timestamp, ourTime: Timestamp) {
        skewInMicroseconds.store(storeTime.microseconds - ourTime.microseconds, ordering: .relaxed)
    }

    var checksums: StoreConfiguration.ChecksumSupport { support.withLock { $0 } }
    var areChecksumsProven: Bool { areProven.load(ordering: .relaxed) }

    /// The store took a request in this way that it refused with a checksum header.
    func learn(checksums: StoreConfiguration.ChecksumSupport) { support.withLock { $0 = checksums } }

    /// A request with a checksum header succeeded.
    func noteChecksumTaken() {
        if !areChecksumsProven { areProven.store(true, ordering: .relaxed) }
    }

    func hasOpaqueETags(_ bucket: String) -> Bool { opaqueBuckets.withLock { $0.contains(bucket) } }

    func noteOpaqueETags(_ bucket: String) {
        opaqueBuckets.withLock { buckets in
            if buckets.count < Self.mostBuckets { buckets.insert(bucket) }
        }
    }

    func withdraw(_ cost: Double, now: Duration) -> Duration {
        budget.withLock { $0.withdraw(cost, now: now) }
    }

    func deposit(now: Duration) {
        budget.withLock { $0.deposit(now: now) }
    }
}
