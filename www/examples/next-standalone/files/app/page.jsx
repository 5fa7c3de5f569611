export default function Page() {
  return <h1>Open today from 9 to 5</h1>;
}
