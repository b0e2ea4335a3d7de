// Prints how fast the store takes and gives: `swift run -c release StorageBenchmark [FILES]`, 1,000,000 by default.
// Figures, not assertions: they depend on the machine and its disk.

import Foundation
import Model
import Storage

let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_000
let directory = NSTemporaryDirectory() + "longshore-bench-" + UUID().uuidString
defer { try? FileManager.default.removeItem(atPath: directory) }

func now() -> Timestamp { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }

let store = try JobStore(directory: directory, now: now, onCommit: { _ in })
let benchmark = StorageBenchmark(store: store, count: count)
try await benchmark.run()
await store.close()
let size = try FileManager.default.attributesOfItem(atPath: directory + "/longshore.sqlite")[.size] as? Int ?? 0
print("bytes on disk a file  \(size / max(1, count))")
