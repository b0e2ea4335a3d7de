import Glibc
import Model
import Testing

@testable import Files

struct FileErrorTests {
    @Test(arguments: [
        (ENOENT, FileErrorCode.notFound), (ENOTDIR, .notDirectory), (EACCES, .unreadable), (EPERM, .unreadable),
        (EXDEV, .notAllowed), (ELOOP, .tooManyLinks), (ENAMETOOLONG, .nameTooLong), (ENXIO, .notRegular),
        (EEXIST, .exists), (ENOSPC, .diskFull), (EDQUOT, .diskFull), (EROFS, .readOnly),
        (EMFILE, .descriptorsExhausted), (ENFILE, .descriptorsExhausted), (ESTALE, .vanished), (EIO, .ioError),
    ])
    func knowsWhatAnErrnoMeans(_ row: (errno: Int32, code: FileErrorCode)) {
        let error = FileError(operation: "openat", errno: row.errno)
        #expect(error.code == row.code)
        #expect(error.errno == row.errno)
        #expect(error.message.hasPrefix("openat: "))
    }

    @Test func turnsIntoAFailure() {
        let sources: [(FileErrorCode, Failure.Code, Bool)] = [
            (.changed, .sourceChanged, true), (.vanished, .sourceVanished, false), (.notFound, .sourceVanished, false),
            (.unreadable, .sourceUnreadable, false), (.notRegular, .sourceUnreadable, false),
            (.ioError, .sourceUnreadable, true), (.descriptorsExhausted, .sourceUnreadable, true),
        ]
        for (code, expected, retryable) in sources {
            let failure = FileError(code, operation: "x").sourceFailure
            #expect(failure.code == expected && failure.retryable == retryable, "\(code)")
        }
        let destinations: [(FileErrorCode, Failure.Code)] = [
            (.diskFull, .diskFull), (.notAllowed, .destinationEscapesRoot), (.nameTooLong, .invalidKey),
            (.notDirectory, .invalidKey), (.exists, .invalidKey), (.ioError, .destinationUnwritable),
        ]
        for (code, expected) in destinations {
            #expect(FileError(code, operation: "x").destinationFailure.code == expected, "\(code)")
        }
    }
}
