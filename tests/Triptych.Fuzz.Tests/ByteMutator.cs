namespace Triptych.Fuzz.Tests;

/// <summary>Makes malformed bodies out of valid ones; the same seed makes the same body.</summary>
public static class ByteMutator
{
    public static byte[] Mutate(IReadOnlyList<byte[]> corpus, int seed)
    {
        var random = new Random(seed);
        var body = new List<byte>(corpus[random.Next(corpus.Count)]);
        var changes = 1 + random.Next(4);
        for (var i = 0; i < changes && body.Count > 0; i++) Change(body, corpus, random);
        return [.. body];
    }

    private static void Change(List<byte> body, IReadOnlyList<byte[]> corpus, Random random)
    {
        var at = random.Next(body.Count);
        switch (random.Next(8))
        {
            case 0:
                body[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                body[at] = (byte)random.Next(256);
                break;
            case 2:
                body.RemoveRange(at, body.Count - at);
                break;
            case 3:
                body.RemoveRange(at, random.Next(Math.Min(16, body.Count - at)));
                break;
            case 4:
                // A length or count that lies: huge varints, zero, one off.
                byte[][] lies = [[0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], [0], [(byte)(body[at] + 1)], [(byte)(body[at] - 1)]];
                body.RemoveAt(at);
                body.InsertRange(at, lies[random.Next(lies.Length)]);
                break;
            case 5:
                var other = corpus[random.Next(corpus.Count)];
                var from = random.Next(other.Length);
                body.InsertRange(at, other.AsSpan(from, random.Next(other.Length - from)).ToArray());
                break;
            case 6:
                var length = random.Next(Math.Min(64, body.Count - at));
                body.InsertRange(random.Next(body.Count), body.GetRange(at, length));
                break;
            default:
                byte[] special = [(byte)'"', (byte)'\\', (byte)'{', (byte)'}', (byte)'[', (byte)',', (byte)'\n', (byte)'=', 0x80, 0xff, 0xc3, 0];
                body.Insert(at, special[random.Next(special.Length)]);
                break;
        }
    }
}
