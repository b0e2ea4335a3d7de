import Glibc

/// libFuzzer over the target that the environment names by `FUZZ_TARGET`: not an argument, since libFuzzer starts this
/// program again by itself. Built by `Tests/fuzz` only; `main` is libFuzzer's (LLVM, "libFuzzer", "Fuzz Target").
private let target: FuzzTarget = {
    // Nobody changes the environment: this is the only thread, and the value is copied at once.
    let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        fatalError("FUZZ_TARGET must be one of \(FuzzTarget.allCases.map(\.rawValue))")
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    // `size` bytes are valid during the call.
    let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    do throws(BrokenProperty) {
        try target.check(bytes)
    } catch {
        fatalError("\(error)")
    }
    return 0
}
