using System.Globalization;
using Spectre.Console;
using Triptych.Storage.Backup;

namespace Triptych.Server.Backup;

/// <summary>Shows how far a long command is, on standard error: a bar on a terminal, otherwise a line every few seconds.</summary>
internal static class ProgressBar
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(5);

    /// <summary>Runs work that reports its progress.</summary>
    /// <param name="what">What it does.</param>
    /// <param name="work">The work.</param>
    /// <param name="things">What it counts.</param>
    public static async Task<T> ShowAsync<T>(string what, Func<IProgress<BackupProgress>, Task<T>> work, string things = "objects")
    {
        if (Console.IsErrorRedirected) return await work(new Lines(what, things));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(),
                new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new Bar(context.AddTask(what, maxValue: 1))));
    }

    /// <summary>A number of bytes for people.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
        < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:0.00} GiB"),
    };

    private sealed class Bar(ProgressTask task) : IProgress<BackupProgress>
    {
        public void Report(BackupProgress value)
        {
            task.MaxValue = Math.Max(1, value.TotalBytes);
            task.Value = value.DoneBytes;
        }
    }

    private sealed class Lines(string what, string things) : IProgress<BackupProgress>
    {
        private long _last = TimeProvider.System.GetTimestamp();

        public void Report(BackupProgress value)
        {
            if (TimeProvider.System.GetElapsedTime(_last) < LineEvery) return;
            _last = TimeProvider.System.GetTimestamp();
            Console.Error.WriteLine($"{what}: {value.DoneObjects} of {value.TotalObjects} {things}, {Size(value.DoneBytes)} of {Size(value.TotalBytes)}");
        }
    }
}
