using Triptych.Collect.Instruments;
using Triptych.Ingest.Intake;
using Triptych.Primitives.Memory;

namespace Triptych.Collect.Scrape;

/// <summary>
/// All targets, a loop for each. What enters: jobs as configured and targets inside this program (<see cref="TextSource"/>, the host); what
/// leaves: batches through the front door. Memory is charged to one budget. <see cref="Start"/> once, then dispose, which waits for scrapes
/// under way; <see cref="Targets"/> from any thread.
/// </summary>
public sealed class Scraper : IAsyncDisposable
{
    /// <summary>The largest exposition, unpacked.</summary>
    public const int MaxBodyBytes = 64 << 20;

    private readonly HttpClient _client = HttpSource.CreateClient();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<ScrapeLoop> _loops = [];
    private Task[] _running = [];

    /// <param name="jobs">The jobs of the configuration.</param>
    /// <param name="global">Their defaults.</param>
    /// <param name="inside">Targets inside this program; disposed here.</param>
    /// <param name="frontDoor">Where samples go.</param>
    /// <param name="budget">What batches and kept series are charged to.</param>
    /// <param name="time">The clock.</param>
    /// <param name="events">What there is to tell.</param>
    /// <param name="features">Experimental parts of it.</param>
    public Scraper(
        IReadOnlyList<ScrapeJobOptions> jobs, ScrapeGlobalOptions global, IReadOnlyList<ScrapeTarget> inside, FrontDoor frontDoor,
        MemoryBudget budget, TimeProvider time,
        ICollectEvents events, ScrapeFeatures features = default)
    {
        foreach (var target in inside.Concat(jobs.SelectMany(j => StaticTargets.Of(j, global, _client, time, features))))
        {
            _loops.Add(new ScrapeLoop(target, frontDoor, budget, time, events));
        }
    }

    /// <summary>How the targets are.</summary>
    public IReadOnlyList<TargetStatus> Targets => [.. _loops.Select(l => l.Status)];

    /// <summary>Begins to scrape.</summary>
    public void Start() => _running = [.. _loops.Select(l => Task.Run(() => l.RunAsync(_stop.Token)))];

    /// <summary>Stops, and waits for what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        foreach (var loop in _loops) loop.Dispose();
        _client.Dispose();
        _stop.Dispose();
    }
}
