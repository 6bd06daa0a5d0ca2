using Triptych.Storage.Catalog;

namespace Triptych.Storage.Heads;

/// <summary>
/// What a query reads: generations and a catalog version that belong together, so that each record is in exactly one of them. Neither
/// memory nor files go while it lives. Disposed once by its owner; disposing again does nothing. Dispose it soon: it holds up memory.
/// </summary>
public sealed class StoreView<THead> : IDisposable
    where THead : class, IHead
{
    private readonly CatalogPin _pin;
    private HeadGeneration<THead>[]? _generations;

    internal StoreView(HeadGeneration<THead>[] generations, CatalogPin pin)
    {
        _generations = generations;
        _pin = pin;
        foreach (var generation in generations)
            generation.AddReference();
    }

    /// <summary>Heads, newest (the one that takes appends) first.</summary>
    public ReadOnlySpan<HeadGeneration<THead>> Generations
    {
        get
        {
            ObjectDisposedException.ThrowIf(_generations is null, this);
            return _generations;
        }
    }

    /// <summary>Blocks.</summary>
    public CatalogVersion Catalog => _pin.Version;

    /// <summary>Lets go.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _generations, null) is not { } generations)
            return;
        foreach (var generation in generations)
            generation.Release();
        _pin.Dispose();
    }
}
