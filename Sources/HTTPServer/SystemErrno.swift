/// An errno value, thrown between the files that call the system and never beyond the room.
struct SystemErrno: Error, Equatable {
    let value: Int32

    init(_ value: Int32) {
        self.value = value
    }
}
