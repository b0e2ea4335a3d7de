internal import Model
internal import Synchronization

/// How a spec is stored: as JSON.
///
/// To decode one costs more than all else of its job's row, and the rows of jobs that run are read again and again. So specs
/// that were written or read of late are remembered by their text: it says all there is to a spec, so none that is
/// remembered can be out of date.
enum SpecText {
    /// In bytes. Longer ones are not remembered: as a rule they hold lists of paths.
    private static let longest = 2_048
    private static let recent = Mutex(RecentSpecs())

    static func encode(_ spec: JobSpec) throws -> String {
        let text = try JSONText.encode(spec)
        remember(spec, as: text)
        return text
    }

    static func decode(_ text: String) throws -> JobSpec {
        if let known = recent.withLock({ $0.find(text) }) { return known }
        let spec = try JSONText.decode(JobSpec.self, from: text)
        remember(spec, as: text)
        return spec
    }

    private static func remember(_ spec: JobSpec, as text: String) {
        guard text.utf8.count <= longest else { return }
        recent.withLock { $0.insert(spec, as: text) }
    }
}

/// The specs of the last texts that were looked for: of the last `generation` of them for certain, of twice as many at
/// most, so that they hold 2 MiB at worst.
struct RecentSpecs {
    static let generation = 256

    private var newer: [String: JobSpec] = [:]
    private var older: [String: JobSpec] = [:]

    mutating func find(_ text: String) -> JobSpec? {
        if let spec = newer[text] { return spec }
        guard let spec = older[text] else { return nil }
        insert(spec, as: text)
        return spec
    }

    mutating func insert(_ spec: JobSpec, as text: String) {
        if newer.count >= Self.generation {
            older = newer
            newer = [:]
        }
        newer[text] = spec
    }
}
