"""What labs stand on: a sandbox without a way out, a clock, engines, and checks that can fail."""

from awsbook.lab.sandbox import Sandbox, open_sandbox

__all__ = ["Sandbox", "open_sandbox"]
