namespace Triptych.Traces.Head;

/// <summary>
/// A list that only grows. Items below a count that a reader got together with <see cref="Items"/> under the head's lock never change: growing replaces the array.
/// </summary>
internal sealed class AppendList<T>
{
    /// <summary>The items and room behind them.</summary>
    public T[] Items { get; private set; } = new T[16];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds one.</summary>
    public void Add(T item)
    {
        if (Count == Items.Length)
        {
            var larger = new T[Items.Length * 2];
            Items.CopyTo(larger, 0);
            Items = larger;
        }

        Items[Count++] = item;
    }
}
