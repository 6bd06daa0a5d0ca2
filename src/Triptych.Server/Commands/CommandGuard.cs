using System.Runtime.InteropServices;
using Triptych.Server.Hosting;

namespace Triptych.Server.Commands;

/// <summary>Runs commands that take long: what can be expected to go wrong is one line, and a signal stops them where the next run goes on.</summary>
internal static class CommandGuard
{
    /// <summary>Runs a command to its exit code.</summary>
    /// <exception cref="StartProblem">It failed, or was stopped.</exception>
    public static async Task<int> RunAsync(Func<CancellationToken, Task<int>> run)
    {
        using var stop = new CancellationTokenSource();
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        try
        {
            return await run(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new StartProblem("stopped; the same command goes on from here");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartProblem(e.Message.ReplaceLineEndings(" "));
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }
}
