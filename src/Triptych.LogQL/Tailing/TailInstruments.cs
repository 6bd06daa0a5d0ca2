using System.Diagnostics.Metrics;

namespace Triptych.LogQL.Tailing;

/// <summary>What the program tells about live tails.</summary>
internal static class TailInstruments
{
    // Of the meter that tells about queries.
    private static readonly Meter Source = new("Triptych.Query");

    public static readonly UpDownCounter<long> Open = Source.CreateUpDownCounter<long>("triptych.logs.tails", "{tail}", "Live tails that are open.");

    public static readonly Counter<long> Lines = Source.CreateCounter<long>("triptych.logs.tail.lines", "{line}", "Lines given to live tails.");

    public static readonly Counter<long> Dropped =
        Source.CreateCounter<long>("triptych.logs.tail.dropped", "{line}", "Lines that live tails had no room for, since their clients read too slowly.");
}
