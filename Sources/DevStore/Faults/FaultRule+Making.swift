/// Short forms for tests.
extension FaultRule {
    /// The rule with one more thing that happens.
    package func delayed(milliseconds: Int) -> FaultRule {
        changed { $0.delayMilliseconds = milliseconds }
    }

    package func failing(_ status: Int, _ code: String, executes: Bool = false) -> FaultRule {
        changed {
            $0.error = ErrorReply(status: status, code: code)
            $0.executes = executes
        }
    }

    package func cut(afterBytes count: Int) -> FaultRule {
        changed { $0.cutAfterBytes = count }
    }

    package func corrupting(byte offset: Int) -> FaultRule {
        changed { $0.corruptByte = offset }
    }

    package func resetting(executes: Bool = false) -> FaultRule {
        changed {
            $0.reset = true
            $0.executes = executes
        }
    }

    package func silent(executes: Bool = false) -> FaultRule {
        changed {
            $0.silence = true
            $0.executes = executes
        }
    }

    package func withheldUntilReleased() -> FaultRule {
        changed { $0.withheld = true }
    }

    package func namingAnotherETag() -> FaultRule {
        changed { $0.wrongETag = true }
    }

    package func forChecksums() -> FaultRule {
        changed { $0.withChecksum = true }
    }

    package func dripping(bytes: Int, everyMilliseconds: Int) -> FaultRule {
        changed { $0.drip = Drip(bytes: bytes, everyMilliseconds: everyMilliseconds) }
    }

    package func whitespace(count: Int, everyMilliseconds: Int) -> FaultRule {
        changed { $0.whitespace = Whitespace(count: count, everyMilliseconds: everyMilliseconds) }
    }

    package func throttled(perSecond rate: Double) -> FaultRule {
        changed { $0.throttlePerSecond = rate }
    }

    private func changed(_ change: (inout FaultRule) -> Void) -> FaultRule {
        var copy = self
        change(&copy)
        return copy
    }

    /// The request is not done at all.
    var skipsExecution: Bool {
        !executes && (error != nil || reset || silence)
    }
}
