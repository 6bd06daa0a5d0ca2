namespace Triptych.Server.Hosting;

/// <summary>The program cannot start, for a reason that its user can mend. The message is the one line that is shown; there is no stack trace.</summary>
public sealed class StartProblem(string message, int exitCode = 1) : Exception(message)
{
    /// <summary>1 for what the host lacks (a port, a directory), 2 for a wrong command line or configuration.</summary>
    public int ExitCode { get; } = exitCode;
}
