using System.Text;
using Triptych.Columnar.Predicates;
using Triptych.Primitives.Memory;
using Triptych.Traces.Compaction;
using Triptych.Traces.Head;

namespace Triptych.Traces.Sampling;

/// <summary>
/// Services and routes of a merge: which share each has, and of those times in which the share keeps nothing, the trace that stays as an example. One thread;
/// the owner disposes it.
/// </summary>
internal sealed class SampleRoutes : IDisposable
{
    // An entry of a dictionary with its key, beside what that refers to.
    private const int EntryBytes = 96;
    private readonly SharePolicy[] _shares;
    private readonly MergeItems _resources;
    private readonly MemoryBudget _budget;
    private readonly Dictionary<int, int> _serviceOf = [];
    private readonly Dictionary<string, int> _services = new(StringComparer.Ordinal);
    private readonly Dictionary<ReadOnlyMemory<byte>, int> _names = new(BytesComparer.Instance);
    private readonly Dictionary<(int Service, int Name), int> _routes = [];
    private readonly List<SharePolicy?> _shareOf = [];
    private readonly Dictionary<(int Route, long Time), Example> _examples = [];
    private long _bytes;

    /// <param name="policies">All policies.</param>
    /// <param name="resources">The merge's resources.</param>
    /// <param name="budget">Charged.</param>
    public SampleRoutes(IEnumerable<SamplingPolicy> policies, MergeItems resources, MemoryBudget budget)
    {
        _shares = [.. policies.OfType<SharePolicy>()];
        _resources = resources;
        _budget = budget;
    }

    /// <summary>Finds the number of a trace's route. False when memory is too short for a new one.</summary>
    public bool TryFind(TraceFacts trace, out int route)
    {
        route = -1;
        if (!TryFindService(trace.Resource, out var service) || !TryFindName(trace.Name, out var name)) return false;
        if (_routes.TryGetValue((service, name), out route)) return true;
        if (!TryTake(EntryBytes)) return false;
        route = _shareOf.Count;
        _routes[(service, name)] = route;
        var (serviceText, nameText) = (Encoding.UTF8.GetString(SetItem.FirstText(_resources[trace.Resource])), Encoding.UTF8.GetString(trace.Name));
        _shareOf.Add(Array.Find(_shares, s => s.Service.Matches(serviceText) && s.Route.Matches(nameText)));
        return true;
    }

    /// <summary>Whether the share of a route keeps a trace.</summary>
    public bool Keeps(int route, long start, ulong hash, out SharePolicy share)
    {
        share = _shareOf[route]!;
        if (share is null || !share.Keeps(hash)) return false;

        // Where there is no room to remember it, an example stays beside it.
        if (share.ExampleNanos > 0) TrySet(route, share, start, new Example(true, 0, 0));
        return true;
    }

    /// <summary>Thinks of a trace that its share does not keep as an example. False when memory is too short for that.</summary>
    public bool TryOffer(int route, long start, ulong hash, UInt128 id) =>
        _shareOf[route] is not { ExampleNanos: > 0 } share || TrySet(route, share, start, new Example(false, hash, id));

    /// <summary>Marks the examples.</summary>
    public void MarkExamples(Storage.References.TraceIdSet ids)
    {
        foreach (var example in _examples.Values)
        {
            if (!example.HasKept) ids.Mark(example.Id, KeptBy.Example);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _budget.Return(_bytes);
        _bytes = 0;
    }

    private bool TrySet(int route, SharePolicy share, long start, Example offered)
    {
        var time = (start / share.ExampleNanos) - (start % share.ExampleNanos < 0 ? 1 : 0);
        if (!_examples.TryGetValue((route, time), out var known))
        {
            if (!TryTake(EntryBytes)) return false;
            _examples[(route, time)] = offered;
            return true;
        }

        var isBetter = offered.HasKept || offered.Hash < known.Hash || (offered.Hash == known.Hash && offered.Id < known.Id);
        if (!known.HasKept && isBetter) _examples[(route, time)] = offered;
        return true;
    }

    private bool TryFindService(int resource, out int service)
    {
        if (_serviceOf.TryGetValue(resource, out service)) return true;
        var text = Encoding.UTF8.GetString(SetItem.FirstText(_resources[resource]));
        if (!_services.TryGetValue(text, out service))
        {
            if (!TryTake(EntryBytes + (text.Length * 2))) return false;
            service = _services.Count;
            _services[text] = service;
        }

        if (!TryTake(EntryBytes)) return false;
        _serviceOf[resource] = service;
        return true;
    }

    private bool TryFindName(ReadOnlySpan<byte> name, out int number)
    {
        if (_names.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out number)) return true;
        if (!TryTake(EntryBytes + name.Length)) return false;
        number = _names.Count;
        _names[name.ToArray()] = number;
        return true;
    }

    private bool TryTake(long bytes)
    {
        if (!_budget.TryTake(bytes)) return false;
        _bytes += bytes;
        return true;
    }

    /// <summary>What stands for a route in some time: traces of its share, or the trace with the smallest hash.</summary>
    private readonly record struct Example(bool HasKept, ulong Hash, UInt128 Id);
}
